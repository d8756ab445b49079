// Makes what the npm package has beside the sources, in dist/: the client for any runtime, its types, the command.

import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Glob } from "bun";

const ROOT = join(import.meta.dir, "..");
const PACKAGE = join(ROOT, "dist/package");

/** Entries of package.json's `exports` by the file that has them. */
const ENTRIES: readonly string[] = ["src/client/client.ts", "src/client/keyv.ts", "src/client/unstorage.ts"];

async function run(...command: string[]): Promise<void> {
  const child = Bun.spawn(command, { cwd: ROOT, stdio: ["ignore", "inherit", "inherit"] });
  if ((await child.exited) !== 0) process.exit(1);
}

/** Types name files as they are published: modules of JavaScript. */
async function nameModules(folder: string): Promise<void> {
  for (const name of new Glob("**/*.d.ts").scanSync(folder)) {
    const file = Bun.file(join(folder, name));
    await Bun.write(file, (await file.text()).replaceAll(/(from "\.[^"]*)\.ts"/g, '$1.js"'));
  }
}

rmSync(PACKAGE, { recursive: true, force: true });
mkdirSync(PACKAGE, { recursive: true });
const bun = process.execPath;
await run(bun, "build", ...ENTRIES, "--target=browser", "--format=esm", "--splitting", `--outdir=${PACKAGE}`);
await run(
  bun,
  "build",
  "src/cli/launch.ts",
  "--target=node",
  "--format=esm",
  "--banner=#!/usr/bin/env node",
  `--outfile=${PACKAGE}/cachee.js`,
);
await run(bun, "x", "tsc", "-p", "deploy/package.tsconfig.json", "--outDir", PACKAGE);
await nameModules(PACKAGE);
