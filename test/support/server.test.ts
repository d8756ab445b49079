// The server helper itself: it reports a start that failed, and stops what it started.

import { expect, test } from "bun:test";
import { startServer } from "./server.ts";

test("a server starts, answers, and stops with 0", async () => {
  const server = await startServer();
  const response = await fetch(`${server.url}/stats`, { headers: { "x-api-key": server.key } });
  expect(response.status).toBe(200);
  expect(server.stdout()).toContain(`listening on ${server.url}\n`);
  expect(await server.stop()).toBe(0);
  expect(server.stderr()).not.toContain(server.key);
});

test("a server that cannot start is an error with what it said", async () => {
  await expect(startServer({ CACHEE_WRONG: "1" })).rejects.toThrow("CACHEE_WRONG is not a setting");
});
