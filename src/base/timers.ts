// Timers as an argument: what waits is given these, so that a simulation can be its clock.

export interface Timers {
  /** Calls `task` once, `ms` from now, for 0 in another turn of the event loop; the function returned calls it off. */
  after(ms: number, task: () => void): () => void;
}

export const systemTimers: Timers = {
  after(ms, task) {
    if (ms === 0) {
      const immediate = setImmediate(task);
      return () => clearImmediate(immediate);
    }
    const timer = setTimeout(task, ms);
    return () => clearTimeout(timer);
  },
};

/** Resolves `ms` from now. */
export function pause(timers: Timers, ms: number): Promise<void> {
  return new Promise((resolve) => void timers.after(ms, resolve));
}
