// The figures of this process, read from what composition has put together. Cold.

import { systemClock } from "../base/clock.ts";
import type { Settings } from "../base/settings/settings.ts";
import { processFigures } from "../observe/process-figures.ts";
import { snapshotOf, type Snapshot } from "../observe/snapshot.ts";
import type { EngineFigures, Sources } from "../observe/sources.ts";
import { BUILD } from "./build.ts";

export interface OwnFigures extends Pick<
  Sources,
  "traffic" | "instances" | "inFlight" | "loopDelay" | "log" | "lifecycle"
> {
  readonly settings: Pick<Settings, "instanceId">;
  readonly opened: Pick<Sources, "tier"> & {
    readonly engineFigures?: EngineFigures;
    readonly store: { readonly engine: { stats(): EngineFigures } };
  };
}

export function ownSnapshot({ settings, opened, ...sources }: OwnFigures): Snapshot {
  return snapshotOf({
    ...sources,
    instance: settings.instanceId,
    build: BUILD,
    process: () => processFigures(opened.engineFigures !== undefined),
    engineStats: () => opened.engineFigures ?? opened.store.engine.stats(),
    tier: opened.tier,
    nowMs: systemClock.nowMs,
    wallMs: systemClock.wallMs,
  });
}
