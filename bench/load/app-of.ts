// The application of any checkout of this repository, in this process, over a store of its own.

import { API_KEY } from "./cachee.ts";
import { noise, pathOf, VALUE_BYTES } from "./value.ts";
import type { App } from "../../src/http/app.ts";
import type { Histogram } from "../../src/observe/histogram.ts";

const L1_BYTES = 512 * 1024 * 1024;
const HOUR_MS = 3_600_000;

export interface BenchApp {
  readonly app: App;
  /** The fast lane's latencies so far. */
  readonly latency: Histogram;
}

/** `root` is the checkout's directory; the store holds `keys` values of `bytes` bytes, as a load's Cachee does. */
export async function appOf(root: string, keys: number, bytes = VALUE_BYTES): Promise<BenchApp> {
  const of = <T>(path: string) => import(`${root}/src/${path}`) as Promise<T>;
  const { Keyring } = await of<typeof import("../../src/auth/keyring.ts")>("auth/keyring.ts");
  const { createEngine } = await of<typeof import("../../src/cache/l1.ts")>("cache/l1.ts");
  const { createApp } = await of<typeof import("../../src/http/app.ts")>("http/app.ts");
  const { CACHE_PATH } = await of<typeof import("../../src/gate/key.ts")>("gate/key.ts");
  const { Traffic } = await of<typeof import("../../src/observe/traffic.ts")>("observe/traffic.ts");
  const { Compressor } = await of<typeof import("../../src/record/compressor.ts")>("record/compressor.ts");
  const { EmbeddedStore } = await of<typeof import("../../src/store/embedded/embedded-store.ts")>(
    "store/embedded/embedded-store.ts",
  );
  const { snapshotOf } = await of<typeof import("../../src/observe/snapshot.ts")>("observe/snapshot.ts");
  const { processFigures } = await of<typeof import("../../src/observe/process-figures.ts")>(
    "observe/process-figures.ts",
  );
  const { silentLog } = await of<typeof import("../../src/base/log.ts")>("base/log.ts");
  const { systemClock: clock } = await of<typeof import("../../src/base/clock.ts")>("base/clock.ts");

  const store = new EmbeddedStore<import("../../src/http/fast/ready.ts").Ready>({
    createEngine: (validation) => createEngine({ policy: "s3fifo", bytesMax: L1_BYTES, ...validation }),
    clock,
    compressor: new Compressor(),
    epoch: "01234567-89ab-cdef-0123-456789abcdef",
  });
  for (let i = 0; i < keys; i++) {
    store.write(pathOf(i).slice(CACHE_PATH.length), {
      body: noise(bytes, i + 1),
      contentType: "application/octet-stream",
      cacheControl: undefined,
      ttlMs: HOUR_MS,
      tags: [],
    });
  }
  const key = { name: "bench", read: true, write: true, admin: true, prefix: "" };
  const traffic = new Traffic(clock);
  const app = createApp({
    settings: { corsOrigins: [], defaultTtlMs: undefined, rateLimit: undefined, valueBytesMax: 1 << 20 },
    store,
    keyring: new Keyring([{ key, secret: { kind: "clear", text: API_KEY } }]),
    traffic,
    lifecycle: { state: "ready" },
    overview: {
      snapshot: () =>
        snapshotOf({
          instance: "bench",
          traffic,
          process: processFigures,
          engineStats: () => store.engine.stats(),
          tier: undefined,
          instances: () => 1,
          inFlight: { bytesMax: 0, refused: 0, cut: 0, kinds: () => [] },
          loopDelay: { delays: traffic.cold, blocked: () => [] },
          log: silentLog,
          lifecycle: { state: "ready" },
          build: { version: "bench", commit: "bench" },
          nowMs: clock.nowMs,
          wallMs: clock.wallMs,
        }),
      history: () => [],
      events: () => [],
      ranking: () => undefined,
      requests: (after) => traffic.lastRequests.since(after),
    },
    fleet: { view: () => Promise.resolve({}) },
    clock,
    log: silentLog,
  });
  return { app, latency: traffic.fast };
}
