// The numbers of the scaling policy: windows, pauses and bands. Why each is so stands in policy.ts.

export const SCALING = {
  /** A need has to last this long before the fleet grows. */
  outWindowMs: 15_000,
  /** A need of the last so long keeps the fleet from shrinking below it. */
  inWindowMs: 600_000,
  /** After growing, until it grows again: a new instance has to start and to be seen first. */
  outCooldownMs: 60_000,
  /** After any change, until it shrinks. */
  inCooldownMs: 300_000,
  /** Samples further apart than this say nothing of the time between them. */
  gapMsMax: 60_000,
  /** It grows when the need is above the count by this factor. */
  outBand: 1.05,
  /** It shrinks so far that the need stays below this share of the count. */
  inBand: 0.8,
  /** It grows at most by this factor, or by `outStepMin` instances if that is more. */
  outFactorMax: 2,
  outStepMin: 2,
  /** It shrinks at most by this share of the count at once, but by one. */
  inShareMax: 0.2,
  /** Latency counts as overload only where the CPU is at least at this share of its target. */
  latencyCpuShare: 0.7,
  p99UsMax: 2_000,
  /** While the hit rate is lower than usual by this much, the fleet does not shrink: caches are filling. */
  hitRateDrop: 0.1,
  /** Weight of a new sample in the usual hit rate. */
  hitRateWeight: 0.02,
  /** At least this share of the running instances must have told their load. */
  reportingShareMin: 0.5,
} as const;
