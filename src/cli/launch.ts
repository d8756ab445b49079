// The command `cachee` as npm installs it: runs on Node, and hands everything to the Bun that came with the package.

import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { constants } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const SIGNALS = ["SIGTERM", "SIGINT", "SIGHUP"] as const;
/** What a shell expects of a command that cannot be run. */
const EXIT_CANNOT_RUN = 126;

const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
const [command, ...rest] = process.argv.slice(2);
const program =
  command === "serve"
    ? [join(root, "src/main.ts"), ...rest]
    : [join(root, "src/cli/main.ts"), ...process.argv.slice(2)];

/** The Bun of this platform's own package, where it lies when npm ran no install scripts; else the one they put in `bun`. */
function bunPath(): string {
  if (process.versions["bun"] !== undefined) return process.execPath;
  const bun = createRequire(import.meta.url).resolve("bun/package.json");
  const architecture = process.arch === "arm64" ? "aarch64" : process.arch;
  for (const libc of ["", "-musl"]) {
    try {
      const name = `@oven/bun-${process.platform}-${architecture}${libc}/package.json`;
      const path = join(dirname(createRequire(bun).resolve(name)), "bin/bun");
      if (existsSync(path)) return path;
    } catch {
      // npm installs what fits the platform, and no other.
    }
  }
  return join(dirname(bun), "bin/bun.exe");
}

const child = spawn(bunPath(), program, { stdio: "inherit" });
for (const signal of SIGNALS) process.on(signal, () => child.kill(signal));
child.on("error", (error) => {
  process.stderr.write(`cachee: Bun cannot be run: ${error.message}\n`);
  process.exit(EXIT_CANNOT_RUN);
});
child.on("exit", (code, signal) =>
  process.exit(signal === null ? (code ?? 1) : 128 + constants.signals[signal]),
);
