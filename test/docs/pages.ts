// The pages of the project, by where they are from its root.

import { join } from "node:path";
import { Glob } from "bun";

const ROOT = join(import.meta.dir, "../..");
const PUBLISHED = ["README.md", "docs/*.md", "examples/README.md"];
const EVERYWHERE = [
  "*.md",
  ...["src", "test", "bench", "deploy", "docs", "examples"].map((f) => `${f}/**/*.md`),
];

/** Bun's Glob takes no path inside braces, and then finds nothing: one pattern each. */
const found = (patterns: readonly string[]) =>
  patterns.flatMap((pattern) => [...new Glob(pattern).scanSync(ROOT)]).sort();

/** What users read. */
export const userPages = found(PUBLISHED);
export const everyPage = found(EVERYWHERE).filter((path) => !path.includes("node_modules/"));
