// `bun run test:arm64 [paths]`: runs tests under an emulated arm64 Bun. Left out are those that start Bun themselves,
// which the kernel would refuse to run, and those of the tools of another architecture.

import { Glob } from "bun";
import { join } from "node:path";
import { setUpArm64 } from "./setup.ts";

const ROOT = join(import.meta.dir, "../..");
const TEST_MS_MAX = 600_000;
const STARTS_BUN =
  /startServer|startCachee|startCommand|RealFleet|process\.execPath|setUpArm64|playwright|worker/;

const arm64 = await setUpArm64();
if (typeof arm64 === "string") {
  process.stderr.write(`arm64 programs cannot be run here: ${arm64}\n`);
  process.exit(1);
}
const wanted = process.argv.slice(2);
const paths: string[] = [];
for (const name of [...new Glob("test/**/*.test.ts").scanSync(ROOT)].toSorted()) {
  if (STARTS_BUN.test(await Bun.file(join(ROOT, name)).text())) continue;
  if (wanted.length === 0 || wanted.some((path) => name.startsWith(path))) paths.push(`./${name}`);
}
const command = [...arm64.bun, "test", `--timeout=${TEST_MS_MAX}`, ...paths];
const child = Bun.spawn(command, { cwd: ROOT, stdio: ["ignore", "inherit", "inherit"] });
process.exit(await child.exited);
