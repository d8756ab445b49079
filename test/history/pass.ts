// Real time that passes in a run of the history checker: how long a fault lasts, how long a client does nothing. Nothing is
// waited for, and nothing is asserted of it; what is random comes from the run's seed.

export function pass(ms: number): Promise<void> {
  return Bun.sleep(ms);
}
