// L1 of several partitions: what one of them loses is lost at once, and is nobody else's loss.

import { expect, test } from "bun:test";
import { systemClock } from "../../src/base/clock.ts";
import { systemTimers } from "../../src/base/timers.ts";
import { createEngine } from "../../src/cache/l1.ts";
import { partitionOf } from "../../src/coherence/partition-of.ts";
import { encodeRecord } from "../../src/record/record.ts";
import { EngineL1 } from "../../src/store/shared/engine-l1.ts";
import { until } from "../support/until.ts";

const PARTITIONS = 2;
const keys = Array.from({ length: 200 }, (_, i) => `k${i}`);
const of = (partition: number) => keys.filter((key) => partitionOf(key, PARTITIONS) === partition);
const record = encodeRecord({
  contentType: "text/plain",
  cacheControl: undefined,
  tags: ["t"],
  expiresAtWallMs: Number.POSITIVE_INFINITY,
  n: 0,
  hash: 0n,
  variants: [new Uint8Array(1)],
});

test("a flush empties its partition alone, and what is stored after it stays, whatever its number", async () => {
  const l1 = new EngineL1<never>({
    createEngine: (validation) => createEngine<never>({ bytesMax: 4 * 1024 * 1024, ...validation }),
    partitions: PARTITIONS,
    clock: systemClock,
    timers: systemTimers,
  });
  const now = () => systemClock.nowMs();
  const store = (key: string, n: number) => l1.engine.set(key, record, n, Number.POSITIVE_INFINITY, now());
  const present = (some: readonly string[]) => some.filter((key) => l1.engine.get(key, now())).length;
  const [zero, one] = l1.partitions;
  for (const key of keys) store(key, 100);
  zero!.flush();
  expect([present(of(0)), present(of(1))]).toEqual([0, of(1).length]);
  // Another history begins, with lower numbers.
  const again = of(0)[0]!;
  store(again, 1);
  expect(present([again])).toBe(1);
  one!.cover({ kind: "tags", tags: ["t"] }, 50);
  one!.cover({ kind: "prefix", prefix: "k1" }, 100);
  expect([present([again]), present(["k1"].filter((key) => of(1).includes(key)))]).toEqual([1, 0]);
  await until(() => l1.engine.stats().entries === present(keys));
  expect(present(of(1))).toBe(of(1).filter((key) => !key.startsWith("k1")).length);
});
