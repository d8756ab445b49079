// The figures of this process, read from what composition has put together. Cold.

import { systemClock } from "../base/clock.ts";
import { processFigures } from "../observe/process-figures.ts";
import { snapshotOf, type Snapshot } from "../observe/snapshot.ts";
import type { EngineFigures, TierFigures } from "../observe/sources.ts";
import type { Traffic } from "../observe/traffic.ts";

export interface OwnFigures {
  /** The instance's id. */
  readonly instance: string;
  readonly traffic: Traffic;
  readonly engine: { stats(): EngineFigures };
  readonly tier: TierFigures | undefined;
  /** Healthy instances of the fleet. */
  readonly instances: () => number;
}

export function ownSnapshot({ instance, traffic, engine, tier, instances }: OwnFigures): Snapshot {
  return snapshotOf({
    instance,
    traffic,
    process: processFigures,
    engineStats: () => engine.stats(),
    tier,
    instances,
    nowMs: systemClock.nowMs,
    wallMs: systemClock.wallMs,
  });
}
