// Makes what the npm package has beside the sources: the client for any runtime, its types, the command; in
// dist/package, or in the folder that is given.
//
// package.json's `exports` is the table of what there is: types at ./dist/package/types/PATH.d.ts are those of
// src/PATH.ts, and the module stands at ./dist/package/NAME.js.

import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Glob } from "bun";

const ROOT = join(import.meta.dir, "..");
const PACKAGE = process.argv[2] ?? join(ROOT, "dist/package");
const TYPES = join(PACKAGE, "types");

interface Manifest {
  readonly exports: Readonly<Record<string, string | { readonly types: string }>>;
  readonly peerDependencies: Readonly<Record<string, string>>;
}

const manifest = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as Manifest;
/** Sources of what is exported, from the root. */
const entries = Object.values(manifest.exports).flatMap((entry) =>
  typeof entry === "string"
    ? []
    : [entry.types.replace(/^\.\/dist\/package\/types\/(.*)\.d\.ts$/, "src/$1.ts")],
);
/** What the application brings along. */
const externals = Object.keys(manifest.peerDependencies).flatMap((name) => ["--external", name]);

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

async function makeTypes(): Promise<void> {
  const config = join(PACKAGE, "tsconfig.json");
  const base = join(ROOT, "deploy/package.tsconfig.json");
  await Bun.write(
    config,
    JSON.stringify({ extends: base, files: entries.map((entry) => join(ROOT, entry)) }),
  );
  await run(process.execPath, "x", "tsc", "-p", config, "--outDir", TYPES);
  rmSync(config);
  await nameModules(TYPES);
}

rmSync(PACKAGE, { recursive: true, force: true });
mkdirSync(PACKAGE, { recursive: true });
await run(
  process.execPath,
  "build",
  ...entries,
  "--target=browser",
  "--format=esm",
  "--splitting",
  "--entry-naming=[name].js",
  ...externals,
  `--outdir=${PACKAGE}`,
);
await run(
  process.execPath,
  "build",
  "src/cli/launch.ts",
  "--target=node",
  "--format=esm",
  "--banner=#!/usr/bin/env node",
  `--outfile=${PACKAGE}/cachee.js`,
);
await makeTypes();
