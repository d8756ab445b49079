// What an embedded store keeps beside the engine where no other process writes it. Hot.

import { Leases } from "../leases.ts";
import type { Commons } from "./commons.ts";
import { StaleCopies } from "./stale-copies.ts";

export class OwnCommons implements Commons {
  n = 0;
  readonly leases = new Leases();
  readonly stale = new StaleCopies();

  nextN(): number {
    return ++this.n;
  }

  get isQuiet(): boolean {
    return true;
  }

  attend(): void {}
}
