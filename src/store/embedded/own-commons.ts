// What an embedded store keeps beside the engine where no other process writes it. Hot.

import { Leases } from "../leases.ts";
import type { Commons } from "./commons.ts";
import { StaleCopies } from "./stale-copies.ts";

export class OwnCommons implements Commons {
  n: number;
  readonly leases = new Leases();
  readonly stale = new StaleCopies();

  /** `n`: the number of the last change, 0 unless given. */
  constructor(n = 0) {
    this.n = n;
  }

  nextN(): number {
    return ++this.n;
  }

  get isQuiet(): boolean {
    return true;
  }

  attend(): void {}
}
