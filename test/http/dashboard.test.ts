// The dashboard as files: public, typed, validated by ETag, compressed, under a strict policy; and nothing else.

import { expect, test } from "bun:test";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { createTestApp } from "../support/app.ts";

const { app } = createTestApp();
const ask = async (path: string, init: RequestInit = {}) =>
  app.fetch(new Request(`http://cachee.test${path}`, init));
const answers = async (path: string, headers: Record<string, string> = {}) => ask(path, { headers });

/** Every address that the page or a part of it names. */
async function namedFiles(): Promise<string[]> {
  const page = await (await answers("/dashboard")).text();
  const found = new Set(
    [...page.matchAll(/(?:href|src)="(dashboard\/[^"]+)"/g)].map(([, path]) => `/${path}`),
  );
  for (const path of found) {
    if (!path.endsWith(".js")) continue;
    const code = await (await answers(path)).text();
    for (const [, name] of code.matchAll(/from "(\.[^"]+)"/g))
      found.add(new URL(name!, `http://h${path}`).pathname);
  }
  return [...found].sort();
}

test("the page needs no key, and its policy allows this server's files alone", async () => {
  const page = await answers("/dashboard");
  expect(page.status).toBe(200);
  expect(page.headers.get("content-type")).toBe("text/html; charset=utf-8");
  expect(page.headers.get("cache-control")).toBe("no-cache");
  expect(page.headers.get("x-content-type-options")).toBe("nosniff");
  expect(page.headers.get("referrer-policy")).toBe("no-referrer");
  const policy = page.headers.get("content-security-policy")!.split("; ");
  expect(policy[0]).toBe("default-src 'none'");
  for (const directive of policy.slice(1)) {
    expect(directive).toMatch(/^[a-z-]+ (?:'self'|'none'|'script')$/);
  }
  const html = await page.text();
  expect(html).not.toMatch(
    /<style|<script(?! type="module" src=)|\sstyle=|\son[a-z]+=|javascript:|\/\/[a-z]/i,
  );
  // Without a name the key is never part of a form's address, even where the script does not run.
  expect(/<form[^]+<\/form>/.exec(html)![0]).not.toContain(" name=");
});

test("every file that the page names is there, with its type", async () => {
  const types: Readonly<Record<string, string>> = {
    js: "text/javascript; charset=utf-8",
    css: "text/css; charset=utf-8",
    svg: "image/svg+xml",
  };
  const paths = await namedFiles();
  expect(paths).toContain("/dashboard/uplot.js");
  expect(paths.length).toBe(24);
  for (const path of paths) {
    const answer = await answers(path);
    expect([path, answer.status]).toEqual([path, 200]);
    expect(answer.headers.get("content-type")).toBe(types[path.split(".").at(-1)!]!);
    expect(answer.headers.get("content-security-policy")).toStartWith("default-src 'none'");
    const text = await answer.text();
    if (!path.endsWith(".js")) continue;
    expect(new Bun.Transpiler({ loader: "js" }).scanImports(text).map((found) => found.path)).toEqual(
      [...text.matchAll(/from "(\.[a-z./-]+\.js)"/g)].map(([, name]) => name!),
    );
  }
});

test.each(["/dashboard", "/dashboard/main.js", "/dashboard/uplot.css"])(
  "%s is compressed once, and its ETags validate",
  async (path) => {
    const plain = await answers(path);
    const body = Buffer.from(await plain.bytes());
    const tags = [plain.headers.get("etag")!];
    for (const [coding, decode] of [
      ["br", brotliDecompressSync],
      ["gzip", gunzipSync],
    ] as const) {
      const answer = await answers(path, { "accept-encoding": coding });
      expect(answer.headers.get("content-encoding")).toBe(coding);
      expect(answer.headers.get("vary")).toBe("Accept-Encoding");
      expect(decode(await answer.bytes()).equals(body)).toBe(true);
      tags.push(answer.headers.get("etag")!);
      const again = await answers(path, {
        "accept-encoding": coding,
        "if-none-match": `"other", W/${tags.at(-1)}`,
      });
      expect(again.status).toBe(304);
      expect(again.headers.get("etag")).toBe(tags.at(-1)!);
      expect(await again.text()).toBe("");
    }
    expect(new Set(tags).size).toBe(3);
    expect((await answers(path, { "if-none-match": '"other"' })).status).toBe(200);
  },
);

test("GET and HEAD only, and no other paths", async () => {
  for (const path of ["/dashboard", "/dashboard/main.js"]) {
    expect((await ask(path, { method: "HEAD" })).status).toBe(200);
    for (const method of ["POST", "PUT", "DELETE", "OPTIONS", "PATCH"]) {
      const refused = await ask(path, { method });
      expect(refused.status).toBe(405);
      expect(refused.headers.get("allow")).toBe("GET, HEAD");
    }
  }
  for (const path of ["/dashboard/main.ts", "/dashboard/tsconfig.json", "/dashboards", "/dashboard//"]) {
    const missing = await answers(path);
    expect([path, missing.status]).toEqual([path, 404]);
    expect(missing.headers.get("content-type")).toBe("application/problem+json");
  }
});

test("the root leads to the page, without a key, and so does a slash too many", async () => {
  for (const path of ["/", "/dashboard/"]) {
    for (const method of ["GET", "HEAD"]) {
      const answer = await ask(path, { method, redirect: "manual" });
      expect([path, answer.status]).toEqual([path, 302]);
      expect(new URL(answer.headers.get("location")!, `http://h${path}`).pathname).toBe("/dashboard");
    }
  }
});
