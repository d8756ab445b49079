// Sources of figures for tests: of a process that is ready, embedded and idle, but for what a test gives.

import { InFlight } from "../../src/base/in-flight.ts";
import { LoopWork } from "../../src/base/loop/loop-work.ts";
import { silentLog } from "../../src/base/log.ts";
import { LoopDelay } from "../../src/observe/loop-delay.ts";
import { processFigures } from "../../src/observe/process-figures.ts";
import type { Sources } from "../../src/observe/sources.ts";
import { Traffic } from "../../src/observe/traffic.ts";

export function sourcesOf(given: Partial<Sources> = {}): Sources {
  const nowMs = () => Bun.nanoseconds() / 1e6;
  return {
    instance: "test",
    traffic: new Traffic({ nowNs: Bun.nanoseconds }),
    process: processFigures,
    engineStats: () => ({ entries: 0, bytes: 0, bytesMax: 1, evictions: {} }),
    tier: undefined,
    instances: () => 1,
    inFlight: new InFlight(),
    loopDelay: new LoopDelay({
      nowNs: Bun.nanoseconds,
      cpuUs: () => 0,
      work: new LoopWork(),
      log: silentLog,
    }),
    log: silentLog,
    lifecycle: { state: "ready" },
    build: { version: "0", commit: "unknown" },
    nowMs,
    wallMs: Date.now,
    ...given,
  };
}
