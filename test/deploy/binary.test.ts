// The single binary: it is made, answers, and goes on a signal, with nothing of the project beside it.

import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runToEnd, startCommand } from "./support/commands.ts";

const folder = mkdtempSync(join(tmpdir(), "cachee-binary-"));
const target = process.arch === "arm64" ? "linux-arm64" : "linux-x64";

afterAll(() => rmSync(folder, { recursive: true }));

test("with two workers it serves every path, and takes no settings from files that lie about", async () => {
  const built = await runToEnd([process.execPath, "deploy/build.ts", target]);
  expect(built.err).toBe("");
  const binary = `dist/cachee-${target}`;
  expect(built.out).toStartWith(binary);
  writeFileSync(join(folder, ".env"), "CACHEE_NOT_A_SETTING=1\n");
  const env = { CACHEE_WORKERS: "2" };
  const server = await startCommand([join(import.meta.dir, "../..", binary)], { cwd: folder, env });
  try {
    const url = `http://127.0.0.1:${server.port}`;
    const headers = { "x-api-key": "test-secret" };
    const put = await fetch(`${url}/cache/k`, { method: "PUT", body: "v".repeat(5_000), headers });
    expect(put.status).toBe(201);
    expect(await (await fetch(`${url}/cache/k`, { headers })).text()).toBe("v".repeat(5_000));
    for (const path of ["/health/ready", "/metrics", "/stats", "/instances", "/dashboard"]) {
      const reply = await fetch(`${url}${path}`, { headers });
      expect([path, reply.status]).toEqual([path, 200]);
      expect((await reply.text()).length).toBeGreaterThan(0);
    }
    expect(await server.stop()).toBe(0);
  } finally {
    await server.stop("SIGKILL");
  }
});
