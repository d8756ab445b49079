// The process's two clocks: a monotonic one for latency and expiry, the wall's for what clients are told.

export interface Clock {
  /** Monotonic nanoseconds since the process began. */
  nowNs(): number;
  /** The same in milliseconds, with fractions. */
  nowMs(): number;
  /** Wall-clock milliseconds since the Unix epoch. */
  wallMs(): number;
}

export const systemClock: Clock = {
  nowNs: Bun.nanoseconds,
  nowMs: () => Bun.nanoseconds() / 1e6,
  wallMs: () => Date.now(),
};
