// The source tree as the architecture test sees it: files, what each exports, and what each imports, types included.

import { readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { Glob } from "bun";

export const ROOT = join(import.meta.dir, "../..");

export interface Import {
  /** The file that is imported, from the project's root. */
  readonly target: string;
  readonly names: readonly string[];
}

export interface SourceFile {
  /** From the project's root. */
  readonly path: string;
  readonly text: string;
  readonly lines: readonly string[];
  readonly exports: readonly string[];
  /** Imports of other files of the project, dynamic ones too; those name nothing. */
  readonly imports: readonly Import[];
}

const EXPORT =
  /^export (?:async )?(?:abstract )?(?:const|let|function\*?|class|interface|type) ([A-Za-z_$][\w$]*)/gm;
const STATIC_IMPORT =
  /^(?:import|export) (?:type )?(?:\{([^}]*)\}|\* as \w+|(\w+))? ?(?:from )?"(\.[^"]+)"/gm;
const DYNAMIC_IMPORT = /(?:\{([^{}]*)\} = await )?import\("(\.[^"]+)"\)(?:\.(\w+))?/g;

export const read = (path: string) => readFileSync(join(ROOT, path), "utf8");

/** Paths of the TypeScript files below `folder`, from the project's root. */
export const pathsIn = (folder: string) =>
  [...new Glob("**/*.ts").scanSync(join(ROOT, folder))].map((name) => join(folder, name)).sort();

export function sourceFile(path: string): SourceFile {
  const text = read(path);
  const resolve = (specifier: string) => normalize(join(dirname(path), specifier));
  const imports: Import[] = [];
  for (const [, names, whole, specifier] of text.matchAll(STATIC_IMPORT)) {
    imports.push({ target: resolve(specifier!), names: namesIn(names ?? whole ?? "") });
  }
  for (const [, names, specifier, member] of text.matchAll(DYNAMIC_IMPORT)) {
    imports.push({ target: resolve(specifier!), names: namesIn(names ?? member ?? "") });
  }
  const exports = [...text.matchAll(EXPORT)].map((match) => match[1]!);
  return { path, text, lines: text.split("\n"), exports, imports };
}

export const sourceFiles = (folder: string) => pathsIn(folder).map(sourceFile);

/** Names as the exporting file has them. */
function namesIn(clause: string): string[] {
  return clause
    .split(",")
    .map((part) =>
      part
        .trim()
        .replace(/^type /, "")
        .split(/ as |:/)[0]!
        .trim(),
    )
    .filter((name) => name !== "");
}

/** Groups of two or more files that import one another in a circle (Tarjan's strongly connected components). */
export function circles(files: readonly SourceFile[]): string[][] {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const index = new Map<string, number>();
  const low = new Map<string, number>();
  const stack: string[] = [];
  const found: string[][] = [];
  const visit = (path: string) => {
    index.set(path, index.size);
    low.set(path, index.get(path)!);
    stack.push(path);
    for (const { target } of byPath.get(path)!.imports) {
      if (!byPath.has(target)) continue;
      if (!index.has(target)) {
        visit(target);
        low.set(path, Math.min(low.get(path)!, low.get(target)!));
      } else if (stack.includes(target)) {
        low.set(path, Math.min(low.get(path)!, index.get(target)!));
      }
    }
    if (low.get(path) !== index.get(path)) return;
    const group = stack.splice(stack.indexOf(path));
    if (group.length > 1) found.push(group.sort());
  };
  for (const { path } of files) if (!index.has(path)) visit(path);
  return found;
}
