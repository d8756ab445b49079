// Work in slices: what may take long gives the event loop back every few milliseconds. Cold.

import { SLICE_MS_MAX } from "../limits.ts";

export class Slices {
  readonly #nowMs: () => number;
  #untilMs = 0;

  /** `nowMs`: the monotonic clock, ms. The first slice begins at once. */
  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
    this.begin();
  }

  /** Begins another slice at once: for work that has just been given the event loop. */
  begin(): void {
    this.#untilMs = this.#nowMs() + SLICE_MS_MAX;
  }

  /** The slice has had its time: wait for `next` before going on. */
  get isOver(): boolean {
    return this.#nowMs() >= this.#untilMs;
  }

  /** Lets the event loop do what else there is, and begins another slice. */
  async next(): Promise<void> {
    await new Promise<void>((resolve) => setImmediate(resolve));
    this.begin();
  }
}
