// Writes that come together over a slow L2: each has its time from when it is sent, not from when it came.

import { expect, test } from "bun:test";
import { systemClock } from "../../src/base/clock.ts";
import { L2_WRITES_MAX } from "../../src/base/limits.ts";
import { silentLog } from "../../src/base/log.ts";
import { systemTimers } from "../../src/base/timers.ts";
import type { Bus } from "../../src/coherence/bus.ts";
import { createEngine } from "../../src/cache/l1.ts";
import { Compressor } from "../../src/record/compressor.ts";
import type { L2, L2Operation, L2Operations } from "../../src/store/l2.ts";
import { SharedStore } from "../../src/store/shared/shared-store.ts";
import { MemoryL2 } from "../support/memory-l2/memory-l2.ts";
import { until } from "../support/until.ts";

/** Ms that L2 takes over a write, one after the other, and that an operation may take. */
const WRITE_MS = 1;
const TIMEOUT_MS = 12 * L2_WRITES_MAX * WRITE_MS;

test("many more writes than fit into one operation's time are all done", async () => {
  const memory = new MemoryL2({
    bytesMax: Number.POSITIVE_INFINITY,
    wallMs: () => Date.now(),
    makeEpoch: () => crypto.randomUUID(),
    publish: () => {},
  });
  let last: Promise<unknown> = Promise.resolve();
  let running = 0;
  let runningMax = 0;
  const l2: L2 = {
    call: async <O extends L2Operation>(operation: O, request: L2Operations[O]["request"]) => {
      running += 1;
      runningMax = Math.max(runningMax, running);
      const before = last;
      const turn = Promise.withResolvers<void>();
      last = turn.promise;
      await before;
      await new Promise<void>((resolve) => systemTimers.after(WRITE_MS, resolve));
      turn.resolve();
      running -= 1;
      return memory.execute(operation, request);
    },
  };
  const bus: Bus = {
    open: async () => ({ tick: async () => memory.tick(), close: () => {} }),
    renew: () => {},
  };
  const store = new SharedStore<never>({
    createEngine: (validation) => createEngine<never>({ bytesMax: 4 * 1024 * 1024, ...validation }),
    clock: systemClock,
    timers: systemTimers,
    compressor: new Compressor(),
    log: silentLog,
    origin: "test",
    siblings: undefined,
    links: [{ l2, bus }],
    staleMaxMs: 60_000,
    staleIfErrorMs: 0,
    l2TimeoutMs: TIMEOUT_MS,
  });
  store.start();
  await until(() => store.isFresh(systemClock.nowMs()));
  const draft = {
    body: new Uint8Array(1),
    contentType: "a",
    cacheControl: undefined,
    ttlMs: undefined,
    tags: [],
  };
  const operations = Array.from({ length: 20 * L2_WRITES_MAX }, (_, i) => ({
    kind: "set" as const,
    key: `k${i}`,
    draft,
  }));
  const results = await store.batch(operations);
  expect(new Set(results.map(({ kind }) => kind))).toEqual(new Set(["written"]));
  expect(runningMax).toBe(L2_WRITES_MAX);
  await store.close();
}, 30_000);
