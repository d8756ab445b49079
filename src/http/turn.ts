// Gives the event loop back in the midst of long work, so that nothing waits for it longer than a few ms. Cold.

import { TURN_MS_MAX } from "../base/limits.ts";

export class Turn {
  #beganNs = Bun.nanoseconds();

  /** TURN_MS_MAX have passed since it began: it is time to rest. */
  get isOver(): boolean {
    return Bun.nanoseconds() - this.#beganNs > TURN_MS_MAX * 1e6;
  }

  /** Lets everything else that is ready run first; what lies in the engine may have moved afterwards. */
  async rest(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    this.#beganNs = Bun.nanoseconds();
  }
}
