// The scaler that only says what it would do: the decision is in the log and on /instances, and nobody obeys.

import type { Scaler, ScalerAnswer, ScalerLook } from "./scaler.ts";

export const logScaler: Scaler = {
  name: "log",
  lookMs: 0,
  look: (healthy): Promise<ScalerLook> =>
    Promise.resolve({ kind: "ready", desired: healthy, busy: undefined }),
  ask: (): Promise<ScalerAnswer> => Promise.resolve({ kind: "accepted" }),
};
