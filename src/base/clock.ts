// The process's two clocks: a monotonic one for latency and expiry, the wall's for what clients are told.

export interface Clock {
  /** Monotonic milliseconds since the process began, with fractions. */
  nowMs(): number;
  /** Wall-clock milliseconds since the Unix epoch. */
  wallMs(): number;
}

export const systemClock: Clock = {
  nowMs: () => Bun.nanoseconds() / 1e6,
  wallMs: () => Date.now(),
};
