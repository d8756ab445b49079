// The store without an L2: who waits for whose fill, what is lost by whom, and the walk over its keys.

import { expect, test } from "bun:test";
import { LEASES_MAX, MARKS_OWNER_MAX, WAITERS_MAX } from "../../src/base/limits.ts";
import { systemClock } from "../../src/base/clock.ts";
import { createEngine } from "../../src/cache/l1.ts";
import { Compressor } from "../../src/record/compressor.ts";
import { EmbeddedStore } from "../../src/store/embedded/embedded-store.ts";
import type { ReadResult } from "../../src/store/store.ts";

function createStore(): EmbeddedStore<never> {
  return new EmbeddedStore<never>({
    createEngine: (validation) => createEngine<never>({ bytesMax: 64 * 1024 * 1024, ...validation }),
    clock: systemClock,
    compressor: new Compressor(),
    epoch: "test",
  });
}

const draft = (text: string, tags: readonly string[] = []) => ({
  body: new TextEncoder().encode(text),
  contentType: "text/plain",
  cacheControl: undefined,
  ttlMs: undefined,
  tags,
});
const wish = { waitMs: 60_000 };
const now = () => systemClock.nowMs();

test("one who waits for a fill when as many wait as may is given the miss at once", async () => {
  const store = createStore();
  expect(store.read("k", now(), undefined, wish)).toMatchObject({
    kind: "miss",
    fill: { token: expect.stringMatching(/./) },
  });
  const waiting = Array.from({ length: WAITERS_MAX }, () => store.read("k", now(), undefined, wish));
  const late = await store.read("k", now(), undefined, wish);
  expect(late).toMatchObject({ kind: "miss", fill: { token: undefined } });
  store.write("k", draft("v"));
  const kinds = new Set((await Promise.all(waiting)).map(({ kind }: ReadResult<never>) => kind));
  expect(kinds).toEqual(new Set(["found"]));
});

test("a miss when as many leases are held as may be is a miss and no more", () => {
  const store = createStore();
  for (let i = 0; i < LEASES_MAX; i++) store.read(`k${i}`, now(), undefined, wish);
  expect(store.read("another", now(), undefined, wish)).toEqual({ kind: "miss" });
  expect(store.read("k0", now(), undefined, { waitMs: 0 })).toMatchObject({ fill: { token: undefined } });
});

test("a lease that is given back is another's at once", async () => {
  const store = createStore();
  const miss = await store.read("k", now(), undefined, wish);
  const token = miss.kind === "miss" ? miss.fill!.token! : "";
  const waiting = store.read("k", now(), undefined, wish);
  expect(store.releaseLease("k", "another")).toBe("gone");
  expect(store.releaseLease("k", token)).toBe("released");
  expect(store.releaseLease("k", token)).toBe("gone");
  expect(await waiting).toMatchObject({ kind: "miss", fill: { token: expect.stringMatching(/./) } });
});

test("mass invalidations past an owner's bound are refused, and nothing else is lost", async () => {
  const store = createStore();
  store.write("theirs", draft("v", ["t"]));
  const results = Array.from({ length: MARKS_OWNER_MAX + 1 }, (_, i) =>
    store.invalidate({ kind: "prefix", prefix: `shop/${i}` }, "greedy"),
  );
  const other = store.invalidate({ kind: "prefix", prefix: "mine/" }, "other");
  expect(await results.at(-1)).toMatchObject({ kind: "too_many_marks" });
  expect(await other).toEqual({ kind: "invalidated", count: 0 });
  expect(await store.read("theirs", now())).toMatchObject({ kind: "found" });
  await Promise.all(results);
  expect(await store.invalidate({ kind: "prefix", prefix: "shop/again" }, "greedy")).toMatchObject({
    kind: "invalidated",
  });
});

test("a walk from cursor to cursor sees every key with its prefix, and a count all of them", () => {
  const store = createStore();
  for (let i = 0; i < 1_000; i++) store.write(`${i % 2 ? "a" : "b"}/${i}`, draft("v"));
  const seen = new Set<string>();
  let cursor = "0";
  do {
    const page = store.scan(cursor, 50, "a/");
    for (const key of page.keys) seen.add(key);
    cursor = page.cursor;
  } while (cursor !== "0");
  expect(seen.size).toBe(500);
  expect(store.count()).toBe(1_000);
});

test("an invalidation of everything is counted, and leaves nothing", async () => {
  const store = createStore();
  for (let i = 0; i < 5_000; i++) store.write(`k${i}`, draft("v"));
  expect(await store.invalidate({ kind: "all" }, "o")).toEqual({ kind: "invalidated", count: 5_000 });
  expect(store.count()).toBe(0);
  store.write("k1", draft("new"));
  expect(await store.read("k1", now())).toMatchObject({ kind: "found" });
});
