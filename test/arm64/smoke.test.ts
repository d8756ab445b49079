// The arm64 binary that is deployed to Graviton, emulated: it starts, serves, compresses, and goes on a signal.

import { expect, test } from "bun:test";
import { join } from "node:path";
import { ROOT, runToEnd, startCommand } from "../deploy/support/commands.ts";
import { setUpArm64 } from "./setup.ts";

const arm64 = await setUpArm64();
if (typeof arm64 === "string") process.stderr.write(`no smoke test of arm64: ${arm64}\n`);

test.skipIf(typeof arm64 === "string")("the arm64 binary answers hits, misses and writes", async () => {
  if (typeof arm64 === "string") return;
  const built = await runToEnd([process.execPath, "deploy/build.ts", "linux-arm64"]);
  expect(built.code).toBe(0);
  // The collector's settings are given, as the kernel could not begin the process anew by itself.
  const env = { BUN_JSC_gcMaxHeapSize: String(32 * 2 ** 20) };
  const server = await startCommand([...arm64.emulate, join(ROOT, "dist/cachee-linux-arm64")], { env });
  try {
    const url = `http://127.0.0.1:${server.port}`;
    const headers = { "x-api-key": "test-secret" };
    const body = "a value that compresses ".repeat(100);
    const put = await fetch(`${url}/cache/k`, { method: "PUT", body, headers });
    expect(put.status).toBe(201);
    for (const coding of ["identity", "br", "gzip", "zstd"]) {
      const read = await fetch(`${url}/cache/k`, { headers: { ...headers, "accept-encoding": coding } });
      expect(read.headers.get("content-encoding") ?? "identity").toBe(coding);
      expect(await read.text()).toBe(body);
    }
    expect((await fetch(`${url}/cache/none`, { headers })).status).toBe(404);
    expect((await fetch(`${url}/dashboard`)).status).toBe(200);
    expect(await server.stop()).toBe(0);
  } finally {
    await server.stop("SIGKILL");
  }
});
