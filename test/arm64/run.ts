// `bun run test:arm64 [paths]`: the tests on an emulated arm64 Bun. Those that start servers run as ever, and their
// servers are emulated: the kernel would not run what an emulated program starts. Left out is what starts workers,
// and what measures.

import { join } from "node:path";
import { Glob } from "bun";
import { setUpArm64 } from "./setup.ts";

const ROOT = join(import.meta.dir, "../..");
const TEST_MS_MAX = 600_000;
const STARTS_SERVERS = /startServer|startCachee|RealFleet|startRespServer|soak/;
/** Memory is the emulator's too, and timing its own. */
const IS_NATIVE_ONLY = /rssBytes|VmHWM|round trips at the most|workers share/;
const STARTS_OTHERS = /startCommand|runToEnd|setUpArm64|process\.execPath|playwright|WORKERS/;

async function run(what: string, command: readonly string[], env: Readonly<Record<string, string>>) {
  process.stdout.write(`\n${what}\n`);
  const child = Bun.spawn([...command], {
    cwd: ROOT,
    env: { ...process.env, ...env },
    stdio: ["ignore", "inherit", "inherit"],
  });
  return child.exited;
}

const arm64 = await setUpArm64();
if (typeof arm64 === "string") {
  process.stderr.write(`arm64 programs cannot be run here: ${arm64}\n`);
  process.exit(1);
}
const wanted = process.argv.slice(2);
const inside: string[] = [];
const outside: string[] = [];
for (const name of [...new Glob("test/**/*.test.ts").scanSync(ROOT)].toSorted()) {
  if (wanted.length > 0 && !wanted.some((path) => name.startsWith(path))) continue;
  const text = await Bun.file(join(ROOT, name)).text();
  if (IS_NATIVE_ONLY.test(text)) continue;
  if (STARTS_SERVERS.test(text)) outside.push(`./${name}`);
  else if (!STARTS_OTHERS.test(text)) inside.push(`./${name}`);
}
const options = ["test", `--timeout=${TEST_MS_MAX}`];
// The collector's settings are given, as the server could not begin its process anew with them.
const server = ["env", `BUN_JSC_gcMaxHeapSize=${32 * 2 ** 20}`, ...arm64.bun].join(" ");
const codes = [
  inside.length === 0 ? 0 : await run("tests under emulation", [...arm64.bun, ...options, ...inside], {}),
  outside.length === 0
    ? 0
    : await run("tests of emulated servers", [process.execPath, ...options, ...outside], {
        TEST_BUN: server,
      }),
];
process.exit(Math.max(...codes));
