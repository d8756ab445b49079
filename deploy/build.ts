// Makes single binaries of the server: `bun run build [linux-x64|linux-arm64 …]`, all of them unless named, in dist/.

import { mkdirSync } from "node:fs";
import { join } from "node:path";

const ROOT = join(import.meta.dir, "..");
const TARGETS: readonly string[] = ["linux-x64", "linux-arm64"];

const wanted = process.argv.length > 2 ? process.argv.slice(2) : TARGETS;
const unknown = wanted.find((target) => !TARGETS.includes(target));
if (unknown !== undefined) {
  process.stderr.write(`${unknown} is not one of ${TARGETS.join(", ")}\n`);
  process.exit(1);
}
mkdirSync(join(ROOT, "dist"), { recursive: true });
const commit = Bun.spawnSync(["git", "rev-parse", "HEAD"], { cwd: ROOT, stderr: "ignore" })
  .stdout.toString()
  .trim();
for (const target of wanted) {
  const outfile = join(ROOT, "dist", `cachee-${target}`);
  // A server takes its settings from its environment alone, not from files that lie where it was started.
  const flags = ["--no-compile-autoload-dotenv", "--no-compile-autoload-bunfig"];
  const command = [
    "build",
    "--compile",
    `--target=bun-${target}`,
    ...flags,
    ...(commit === "" ? [] : ["--define", `CACHEE_COMMIT=${JSON.stringify(commit)}`]),
    "src/main.ts",
    "--outfile",
    outfile,
  ];
  const child = Bun.spawn([process.execPath, ...command], {
    cwd: ROOT,
    stdio: ["ignore", "ignore", "inherit"],
  });
  if ((await child.exited) !== 0) process.exit(1);
  const mib = Math.round(Bun.file(outfile).size / 2 ** 20);
  process.stdout.write(`dist/cachee-${target} ${mib} MiB\n`);
}
