// Counts the connections of a lane, in all and by API key, against their bounds; and why some were cut.

import { LANE_CONNECTIONS_MAX, LANE_CONNECTIONS_PER_KEY_MAX } from "../base/limits.ts";

/** Why a connection was refused or ended by the server. */
export type CutReason = "full" | "key_full" | "idle" | "stalled" | "pushes" | "protocol";

export class Connections {
  readonly #byKey = new Map<string, number>();
  readonly #cuts = new Map<CutReason, number>();
  #open = 0;

  get open(): number {
    return this.#open;
  }

  get cuts(): ReadonlyMap<CutReason, number> {
    return this.#cuts;
  }

  /** Takes a place, or says that there is none. */
  enter(): boolean {
    if (this.#open >= LANE_CONNECTIONS_MAX) {
      this.cut("full");
      return false;
    }
    this.#open += 1;
    return true;
  }

  leave(): void {
    this.#open -= 1;
  }

  /** Takes a place among those of the API key `name`, or says that there is none. */
  enterKey(name: string): boolean {
    const open = this.#byKey.get(name) ?? 0;
    if (open >= LANE_CONNECTIONS_PER_KEY_MAX) {
      this.cut("key_full");
      return false;
    }
    this.#byKey.set(name, open + 1);
    return true;
  }

  leaveKey(name: string): void {
    const open = (this.#byKey.get(name) ?? 0) - 1;
    if (open > 0) this.#byKey.set(name, open);
    else this.#byKey.delete(name);
  }

  cut(reason: CutReason): void {
    this.#cuts.set(reason, (this.#cuts.get(reason) ?? 0) + 1);
  }
}
