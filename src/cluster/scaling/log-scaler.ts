// The scaler that changes nothing: decisions are only logged and shown on /instances.

import type { Scaler, ScalerAnswer, ScalerLook } from "./scaler.ts";

export const logScaler: Scaler = {
  name: "log",
  lookMs: 0,
  look: (healthy): Promise<ScalerLook> =>
    Promise.resolve({ kind: "ready", desired: healthy, busy: undefined }),
  ask: (): Promise<ScalerAnswer> => Promise.resolve({ kind: "accepted" }),
};
