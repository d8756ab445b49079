// The documents as pages of the server: all of them, with links that lead somewhere, public, and without scripts.

import { expect, test } from "bun:test";
import { join } from "node:path";
import { Glob } from "bun";
import { createTestApp } from "../support/app.ts";

const { app } = createTestApp();
const answers = async (path: string) => app.fetch(new Request(`http://cachee.test${path}`));
const names = [...new Glob("*.md").scanSync(join(import.meta.dir, "../../docs"))].map((name) =>
  name === "README.md" ? "" : name.slice(0, -".md".length),
);

test("every document is a page with links to all, and no script", async () => {
  for (const name of names) {
    const page = await answers(`/docs/${name}`);
    expect([name, page.status]).toEqual([name, 200]);
    expect(page.headers.get("content-type")).toBe("text/html; charset=utf-8");
    expect(page.headers.get("content-security-policy")).toStartWith("default-src 'none'");
    const html = await page.text();
    expect(html).not.toMatch(/<script|<style|\sstyle=|\son[a-z]+=/i);
    const navigation = /<nav[^]+<\/nav>/.exec(html)![0];
    expect(navigation.match(/<a /g)?.length).toBe(names.length);
    expect(navigation.match(/aria-current/g)?.length).toBe(1);
  }
  expect(names.length).toBeGreaterThan(10);
});

test("links between pages, and into them, lead somewhere", async () => {
  const pages = new Map<string, string>();
  for (const name of names) pages.set(`/docs/${name}`, await (await answers(`/docs/${name}`)).text());
  const dead: string[] = [];
  for (const [path, html] of pages) {
    for (const [, href] of html.matchAll(/href="([^"]+)"/g)) {
      const { host, pathname, hash } = new URL(href!, `http://cachee.test${path}`);
      if (host !== "cachee.test") continue;
      const target = pages.get(pathname);
      const isThere = target !== undefined || (await answers(pathname)).status === 200;
      const isInIt = hash === "" || target?.includes(` id="${hash.slice(1)}"`) === true;
      if (!isThere || !isInIt) dead.push(`${path}: ${href}`);
    }
  }
  expect(dead).toEqual([]);
});

test("the folder's name alone leads into it, and nothing else is there", async () => {
  const answer = await answers("/docs");
  expect([answer.status, answer.headers.get("location")]).toEqual([302, "docs/"]);
  for (const path of ["/docs/README.md", "/docs/../package.json", "/docs/none"])
    expect([path, (await answers(path)).status]).toEqual([path, 404]);
});
