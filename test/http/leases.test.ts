// Leases as HTTP has them: who may ask for one, how, and how it is given back.

import { expect, test } from "bun:test";
import { InFlight } from "../../src/base/in-flight.ts";
import { WAITER_BYTES, WAITERS_SHARE } from "../../src/base/limits/in-flight.ts";
import { createTestApp } from "../support/app.ts";

const ask = (waitMs = "0", key?: string) => ({
  headers: { "x-lease-wait": waitMs, ...(key === undefined ? {} : { "x-api-key": key }) },
});
const codeOf = async (answer: Response) => [answer.status, ((await answer.json()) as { code: string }).code];

test("a GET that does not ask takes no lease, nor does a key that may not write, nor HEAD", async () => {
  const { send } = createTestApp();
  for (const init of [{}, ask("0", "reader-secret"), { method: "HEAD", ...ask() }]) {
    const miss = await send("/cache/k", init);
    expect([miss.status, miss.headers.get("x-cache-lease"), miss.headers.get("retry-after")]).toEqual([
      404,
      null,
      null,
    ]);
  }
  expect((await send("/cache/k", ask())).headers.get("x-cache-lease")).not.toBeNull();
  expect((await send("/cache/k", ask())).headers.get("retry-after")).toBe("1");
});

test.each(["", "-1", "10001", "1.5", "soon", "1e3"])("x-lease-wait: %s is refused", async (waitMs) => {
  const { send } = createTestApp();
  expect(await codeOf(await send("/cache/k", ask(waitMs)))).toEqual([400, "bad_lease"]);
  expect((await send("/cache/k", ask("10000"))).headers.get("x-cache-lease")).not.toBeNull();
});

test("those who wait are charged, and leave room for the fill; where they have theirs a miss is answered at once", async () => {
  const inFlight = new InFlight(128 * 1024, 1);
  const { send } = createTestApp({}, "memory", { inFlight });
  const token = (await send("/cache/k", ask())).headers.get("x-cache-lease")!;
  const count = Math.floor((inFlight.bytesMax * WAITERS_SHARE) / WAITER_BYTES);
  const waiting = Array.from({ length: count }, () => send("/cache/k", ask("10000")));
  expect(inFlight.bytesOf("waiters")).toBe(count * WAITER_BYTES);
  const next = await send("/cache/k", ask("10000"));
  expect([next.status, next.headers.get("x-cache-lease")]).toEqual([404, null]);
  const filled = { method: "PUT", body: "v", headers: { "x-cache-lease": token } };
  expect((await send("/cache/k", filled)).status).toBe(201);
  const answers = await Promise.all(waiting.map(async (answer) => (await answer).text()));
  expect(new Set(answers)).toEqual(new Set(["v"]));
  expect(inFlight.bytes).toBe(0);
});

test("DELETE with the lease gives it back, and removes nothing", async () => {
  const { send } = createTestApp();
  const token = (await send("/cache/k", ask())).headers.get("x-cache-lease")!;
  const release = { method: "DELETE", headers: { "x-cache-lease": token } };
  expect((await send("/cache/other", release)).status).toBe(412);
  expect((await send("/cache/k", release)).status).toBe(204);
  expect(await codeOf(await send("/cache/k", release))).toEqual([412, "lease_lost"]);
  expect((await send("/cache/k", ask())).headers.get("x-cache-lease")).not.toBeNull();
  await send("/cache/k", { method: "PUT", body: "v" });
  expect((await send("/cache/k", release)).status).toBe(412);
  expect(await (await send("/cache/k")).text()).toBe("v");
});

test("a lease that was lost says so", async () => {
  const { send, advance } = createTestApp();
  const put = (token: string) =>
    send("/cache/k", { method: "PUT", body: "v", headers: { "x-cache-lease": token } });
  const token = (await send("/cache/k", ask())).headers.get("x-cache-lease")!;
  advance(10_001);
  expect(await codeOf(await put(token))).toEqual([412, "lease_lost"]);
  const next = (await send("/cache/k", ask())).headers.get("x-cache-lease")!;
  expect((await put(next)).status).toBe(201);
});

test("a miss that the rate refuses takes no lease with it", async () => {
  const { send, advance } = createTestApp({ rateLimit: 1 });
  await send("/cache/other");
  expect((await send("/cache/k", ask())).status).toBe(429);
  advance(1_500);
  expect((await send("/cache/k", ask())).headers.get("x-cache-lease")).not.toBeNull();
});

test("hits cost none of the rate", async () => {
  const { send } = createTestApp({ rateLimit: 3 });
  await send("/cache/k", { method: "PUT", body: "v" });
  for (let i = 0; i < 20; i++) {
    expect((await send("/cache/k", { headers: { "if-match": "*" } })).status).toBe(200);
  }
});
