// What an instance does to have its code compiled before it is ready leaves nothing behind that anybody can see.

import { expect, test } from "bun:test";
import type { App } from "../../src/http/app.ts";
import { hitsOverSocket } from "../../src/instance/warm-code/http-socket.ts";
import { createTestApp, SECRET } from "../support/app.ts";
import { startServer } from "../support/server.ts";

test("a server that has just become ready has counted and kept nothing", async () => {
  const server = await startServer({ CACHEE_API_KEYS: `root:read+write+admin=${SECRET}` });
  try {
    const response = await fetch(`${server.url}/stats`, { headers: { "x-api-key": SECRET } });
    const stats = (await response.json()) as {
      l1: { entries: number; hits: number; misses: number };
      latency: Record<"fast" | "cold", { count: number }>;
    };
    expect(stats.l1).toMatchObject({ entries: 0, hits: 0, misses: 0 });
    expect(stats.latency.fast.count).toBe(0);
  } finally {
    await server.stop();
  }
});

test("hits come over a real socket and end by themselves", async () => {
  const { app, close } = createTestApp();
  let asked = 0;
  const counted: App = {
    ...app,
    get(request, key) {
      asked++;
      return app.get(request, key);
    },
  };
  await hitsOverSocket(counted, "a-key");
  expect(asked).toBeGreaterThan(1);
  await close();
});
