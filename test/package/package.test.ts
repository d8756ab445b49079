// The npm package, as a stranger with Node alone meets it: packed, checked by its ecosystem's linters, installed, used.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startCommand } from "../deploy/support/commands.ts";

const ROOT = join(import.meta.dir, "../..");
const SECRET = "a-secret-of-the-package-tests";
const folder = mkdtempSync(join(tmpdir(), "cachee-package-"));
const home = join(folder, "home");
/** What a shell of somebody without Bun has. */
const ENV = {
  PATH: (process.env["PATH"] ?? "")
    .split(":")
    .filter((path) => !path.includes("node_modules"))
    .join(":"),
  HOME: home,
};
const TWO_MINUTES_MS = 120_000;
let tarball = "";

async function run(command: readonly string[], options: { cwd?: string; env?: Record<string, string> } = {}) {
  const child = Bun.spawn([...command], {
    cwd: options.cwd ?? folder,
    env: { ...ENV, ...options.env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [out, err, code] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  return { out, err, code };
}

beforeAll(async () => {
  const packed = await run(["npm", "pack", "--json", "--pack-destination", folder], {
    cwd: ROOT,
    env: { PATH: `${join(ROOT, "node_modules/.bin")}:${ENV.PATH}` },
  });
  expect(packed.code, packed.err).toBe(0);
  tarball = join(folder, JSON.parse(packed.out.slice(packed.out.indexOf("[")))[0].filename);
});
afterAll(() => rmSync(folder, { recursive: true }));

test("its exports and types resolve in every kind of project", async () => {
  const publint = await run([process.execPath, "x", "publint", "run", tarball, "--strict"], { cwd: ROOT });
  expect(publint.code, publint.out + publint.err).toBe(0);
  const attw = await run([process.execPath, "x", "attw", tarball, "--profile", "esm-only"], { cwd: ROOT });
  expect(attw.code, attw.out + attw.err).toBe(0);
});

describe("installed with Node alone", () => {
  const app = join(folder, "app");
  const cachee = join(app, "node_modules/.bin/cachee");

  const steps =
    "npm i, cachee serve, and a program of ten lines take less than two minutes in an empty folder";
  const start = async () => {
    mkdirSync(app);
    // As a careful npm, or pnpm, does it: no install scripts are run.
    const options = ["--no-audit", "--no-fund", "--ignore-scripts", "--engine-strict"];
    const installed = await run(["npm", "i", ...options, tarball], { cwd: app });
    expect(installed.code, installed.err).toBe(0);
    const env = { ...ENV, CACHEE_PORT: "0", CACHEE_API_KEYS: `app:read+write+admin=${SECRET}` };
    const server = await startCommand(["node", cachee, "serve"], { cwd: app, env });
    try {
      const url = `http://127.0.0.1:${server.port}`;
      writeFileSync(join(app, "use.mjs"), PROGRAM);
      const used = await run(["node", "use.mjs"], { cwd: app, env: { CACHEE_URL: url, CACHEE_KEY: SECRET } });
      expect(used.err).toBe("");
      expect(used.out).toBe('{"id":7,"name":"Ada"}\n1\n');
      // The command line sees what the program stored.
      const client = { CACHEE_URL: url, CACHEE_KEY: SECRET };
      const got = await run(["node", cachee, "get", "users/7"], { cwd: app, env: client });
      expect([got.code, got.out]).toEqual([0, '{"id":7,"name":"Ada"}']);
      const absent = await run(["node", cachee, "get", "users/8"], { cwd: app, env: client });
      expect([absent.code, absent.out]).toEqual([1, ""]);
      const bench = await run(["node", cachee, "bench", "--seconds", "0.2", "--json"], {
        cwd: app,
        env: client,
      });
      expect(JSON.parse(bench.out).cachee).toMatchObject({ failed: 0 });
      const page = await fetch(`${url}/docs/client`);
      expect([page.status, (await page.text()).includes("CacheeClient")]).toEqual([200, true]);
      expect(await server.stop()).toBe(0);
    } finally {
      await server.stop("SIGKILL");
    }
  };
  test(steps, start, TWO_MINUTES_MS);

  test("its version is the server's, the client's and the package's", async () => {
    const { version } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { version: string };
    expect((await run(["node", cachee, "--version"], { cwd: app })).out).toBe(`${version}\n`);
    expect((await run(["node", cachee, "serve", "--version"], { cwd: app })).out).toBe(`${version}\n`);
    const help = await run(["node", cachee, "serve", "--help"], { cwd: app });
    expect(help.out).toContain("Usage: cachee serve");
  });
});

const PROGRAM = `import { CacheeClient } from "cachee/client";

const cache = new CacheeClient({ url: process.env.CACHEE_URL, apiKey: process.env.CACHEE_KEY });
let queries = 0;
const user = (id) =>
  cache.getOrSet("users/" + id, () => (queries++, { id, name: "Ada" }), { ttl: 60, tags: ["users"] });
const [first] = await Promise.all([user(7), user(7), user(7)]);
console.log(JSON.stringify(first));
console.log(queries);
`;
