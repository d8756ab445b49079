// The transaction of one connection: commands queued since MULTI, and versions of the keys that it watches.

import { Charge } from "../../../gate/charge.ts";
import type { Version } from "../../../record/version.ts";
import { RESP_QUEUED_BYTES_MAX } from "../../../base/limits.ts";
import type { InFlight } from "../../../base/in-flight.ts";
import type { Arguments } from "../../wire/arguments.ts";

/** A command that waits for EXEC. */
export interface Queued {
  /** Its name in the command table. */
  readonly name: string;
  readonly args: Arguments;
  readonly keys: readonly string[];
}

/** What a queued command takes beside its bytes. */
const QUEUED_BYTES = 200;

export class Transaction {
  /** MULTI has been called, and neither EXEC nor DISCARD. */
  isOpen = false;
  /** A command was refused when it was to be queued: EXEC will run none. */
  isFailed = false;
  /** By key: the version that it had, or that it was not there. */
  readonly watched = new Map<string, Version | undefined>();
  readonly #charge: Charge;
  #queued: Queued[] = [];
  #bytes = 0;

  constructor(inFlight: InFlight) {
    this.#charge = new Charge(inFlight, "resp_input");
  }

  get queued(): readonly Queued[] {
    return this.#queued;
  }

  /** Keeps a command, which was checked, at the cost of `owner`; `false`: there is no room for it. */
  queue(name: string, given: Arguments, keys: readonly string[], owner: string): boolean {
    const args = given.copy();
    this.#bytes += args.buffer.length + QUEUED_BYTES * (1 + args.count);
    if (this.#bytes > RESP_QUEUED_BYTES_MAX || !this.#charge.set(owner, this.#bytes)) return false;
    this.#queued.push({ name, args, keys: [...keys] });
    return true;
  }

  /** Forgets what was queued, and what is watched. */
  end(): void {
    this.isOpen = false;
    this.isFailed = false;
    this.watched.clear();
    this.#queued = [];
    this.#bytes = 0;
    this.#charge.clear();
  }
}
