// Holds the pictures in ARCHITECTURE.md to the code: files that exist, calls of what is imported, no way back.

import { expect, test } from "bun:test";
import { read, sourceFiles } from "./source.ts";

interface Arrow {
  readonly from: string;
  readonly to: string;
  /** A call through a port, which the caller does not import the other side of. */
  readonly isDotted: boolean;
}

const source = new Map(sourceFiles("src").map((file) => [file.path, file]));
const roomOf = (path: string) => path.split("/")[1]!;

/** Nodes are written `A[path]` where they first stand, and `A` afterwards. */
function arrowsIn(picture: string): Arrow[] {
  const paths = new Map<string, string>();
  return picture.split("\n").flatMap((line) => {
    const parts = line.trim().split(/ (-->|-\.->) /);
    const nodes = parts
      .filter((_, i) => i % 2 === 0)
      .map((node) => {
        const [, name = "", path] = /^(\w+)(?:\[([^\]]+)\])?$/.exec(node) ?? [];
        if (path !== undefined) paths.set(name, `src/${path}`);
        return paths.get(name) ?? node;
      });
    return nodes.slice(1).map((to, i) => ({ from: nodes[i]!, to, isDotted: parts[2 * i + 1] === "-.->" }));
  });
}

const pictures = [
  ...read("ARCHITECTURE.md").matchAll(/^### (.*)\n[^#]*?```mermaid\nflowchart LR\n([^`]*)```/gm),
].map(([, name, picture]) => ({ name: name!, arrows: arrowsIn(picture!) }));

test("the five pictures are there", () => {
  expect(pictures.map(({ name }) => name)).toEqual([
    "A hit",
    "A write",
    "A RESP GET",
    "An invalidation that arrives",
    "A heartbeat",
  ]);
});

for (const { name, arrows } of pictures) {
  test(name, () => {
    const faults: string[] = [];
    for (const { from, to, isDotted } of arrows) {
      if (!source.has(from) || !source.has(to)) faults.push(`${from} or ${to} is not there`);
      else if (!isDotted && !source.get(from)!.imports.some(({ target }) => target === to))
        faults.push(`${from} does not import ${to}`);
    }
    // Each file is come to once, and from a room that has been left no arrow leads back into it.
    const arrivals = arrows.map(({ to }) => to);
    for (const path of arrivals)
      if (arrivals.indexOf(path) !== arrivals.lastIndexOf(path)) faults.push(`twice to ${path}`);
    for (const { from, to } of arrows) {
      const roomsBefore = before(arrows, from).map(roomOf);
      if (roomOf(from) !== roomOf(to) && roomsBefore.includes(roomOf(to)))
        faults.push(`${from} leads back to ${to}`);
    }
    expect(faults).toEqual([]);
  });
}

/** The files on the way to `path`. */
function before(arrows: readonly Arrow[], path: string): string[] {
  const arrow = arrows.find(({ to }) => to === path);
  return arrow === undefined ? [] : [...before(arrows, arrow.from), arrow.from];
}
