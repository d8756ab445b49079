// Makes a folder in which this machine runs arm64 programs: qemu from Debian, Debian's arm64 C library, npm's arm64 Bun.
// `bun test/arm64/setup.ts` prints the command that runs Bun there.

import { existsSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { version } from "../../node_modules/bun/package.json";

export interface Arm64 {
  /** Runs an arm64 program given after it. */
  readonly emulate: readonly string[];
  /** Bun, emulated. */
  readonly bun: readonly string[];
}

const CACHE = join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), `cachee-arm64-${version}`);
const LIBRARIES = ["libc6", "libgcc-s1", "libstdc++6"];
const TOOLS = ["apt-get", "dpkg", "npm", "tar"];

/** The programs, or why they cannot be had here. The first time takes some seconds and 100 MB. */
export async function setUpArm64(): Promise<Arm64 | string> {
  const missing = TOOLS.find((tool) => Bun.which(tool) === null);
  if (missing !== undefined) return `there is no ${missing}`;
  if (process.platform !== "linux") return `this is ${process.platform}`;
  if (!existsSync(CACHE)) {
    const folder = `${CACHE}.${process.pid}`;
    try {
      await fill(folder);
      await rename(folder, CACHE);
    } catch (thrown) {
      if (!existsSync(CACHE)) return thrown instanceof Error ? thrown.message : String(thrown);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
  const isNative = process.arch === "arm64";
  const emulate = isNative
    ? []
    : [join(CACHE, "qemu/usr/bin/qemu-aarch64-static"), "-L", join(CACHE, "root")];
  return { emulate, bun: [...emulate, isNative ? process.execPath : join(CACHE, "bun/package/bin/bun")] };
}

async function fill(folder: string): Promise<void> {
  const parts = ["lists/partial", "apt", "debs", "root", "qemu", "bun"];
  for (const part of parts) await mkdir(join(folder, part), { recursive: true });
  // An own lists folder: the machine's package manager is not told of another architecture.
  const own = (architecture: string) =>
    [
      `APT::Architecture=${architecture}`,
      `APT::Architectures=${architecture}`,
      `Dir::State::lists=${join(folder, "lists")}`,
      "Dir::State::status=/dev/null",
      `Dir::Cache=${join(folder, "apt")}`,
      "APT::Sandbox::User=",
    ].map((option) => `-o${option}`);
  const debs = join(folder, "debs");
  await run(folder, "apt-get", "update", "-qq", ...own("arm64"));
  await run(debs, "apt-get", "download", "-qq", ...own("arm64"), ...LIBRARIES);
  for (const deb of new Bun.Glob("*.deb").scanSync(debs))
    await run(debs, "dpkg", "-x", deb, join(folder, "root"));
  await rm(debs, { recursive: true });
  await mkdir(debs);
  const host = process.arch === "arm64" ? "arm64" : "amd64";
  if (host !== "arm64") {
    await run(folder, "apt-get", "update", "-qq", ...own(host));
    await run(debs, "apt-get", "download", "-qq", ...own(host), "qemu-user-static");
    for (const deb of new Bun.Glob("*.deb").scanSync(debs))
      await run(debs, "dpkg", "-x", deb, join(folder, "qemu"));
  }
  await run(folder, "npm", "pack", "--silent", `@oven/bun-linux-aarch64@${version}`);
  const [tarball] = [...new Bun.Glob("*.tgz").scanSync(folder)];
  await run(folder, "tar", "xzf", tarball!, "-C", "bun");
  for (const part of ["lists", "apt", "debs", tarball!]) await rm(join(folder, part), { recursive: true });
}

async function run(cwd: string, ...command: readonly string[]): Promise<void> {
  const child = Bun.spawn([...command], { cwd, stdio: ["ignore", "ignore", "pipe"] });
  const [err, code] = await Promise.all([child.stderr.text(), child.exited]);
  if (code !== 0) throw new Error(`${command[0]} ${command[1]} failed: ${err.trim().split("\n").at(-1)}`);
}

if (import.meta.main) {
  const arm64 = await setUpArm64();
  if (typeof arm64 === "string") {
    process.stderr.write(`${arm64}\n`);
    process.exit(1);
  }
  process.stdout.write(`${arm64.bun.join(" ")}\n`);
}
