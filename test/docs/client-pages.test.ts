// Runs every program that README and the pages of the client and the adapters show, against a real server.

import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync, mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BUN_COMMAND } from "../support/bun-command.ts";
import { startServer, type RunningServer } from "../support/server.ts";

const ROOT = join(import.meta.dir, "../..");
const folder = mkdtempSync(join(tmpdir(), "cachee-pages-"));

/** What each program prints, by the page and its place there. */
const PRINTED: Readonly<Record<string, readonly string[]>> = {
  "README.md": ['{\n  name: "Ada",\n}\nGrace\n2\n'],
  "docs/client.md": ['{\n  id: 7,\n  name: "Ada",\n}\n3\nundefined\n', "on\n"],
  "docs/adapters.md": ["hello\n", "42\n", '{\n  name: "Ada",\n}\n', "42\n", ""],
};

let server: RunningServer;

beforeAll(async () => {
  server = await startServer();
  // The package as it is in this tree, beside what it is an adapter to.
  const modules = join(folder, "node_modules");
  mkdirSync(join(modules, "cachee"), { recursive: true });
  for (const name of ["keyv", "cache-manager", "unstorage", "bentocache"])
    symlinkSync(join(ROOT, "node_modules", name), join(modules, name));
  const exports = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
    exports: Record<string, { types?: string }>;
  };
  for (const [name, { types }] of Object.entries(exports.exports)) {
    if (types === undefined) continue;
    const source = types.replace("./dist/package/types", join(ROOT, "src")).replace(/\.d\.ts$/, ".ts");
    writeFileSync(
      join(modules, "cachee", `${name.slice(2)}.ts`),
      `export * from ${JSON.stringify(source)};\n`,
    );
  }
});
afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true });
});

for (const [page, printed] of Object.entries(PRINTED)) {
  test(page, async () => {
    const programs = [...readFileSync(join(ROOT, page), "utf8").matchAll(/^```ts\n([^]*?)^```$/gm)];
    expect(programs.length).toBe(printed.length);
    for (const [place, [, program]] of programs.entries()) {
      const path = join(folder, `program-${place}.ts`);
      writeFileSync(path, program!);
      const child = Bun.spawn([...BUN_COMMAND, path], {
        cwd: folder,
        env: { PATH: process.env["PATH"] ?? "", CACHEE_URL: server.url, CACHEE_KEY: server.key },
        stdio: ["ignore", "pipe", "pipe"],
      });
      const [out, err] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
      expect({ program, out, err }).toEqual({ program, out: printed[place]!, err: "" });
    }
  });
}
