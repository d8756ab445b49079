// CLIENT TRACKING of one connection: what it wants to be told, and what it is still to be told.

import type { Holder } from "../../gate/tracker.ts";
import type { Client } from "./connection.ts";

/** Keys told one by one; more of them at once are "drop all you hold". */
const TOLD_MAX = 10_000;
const RECORD_EXPIRY_AT = 8;

/** The options of CLIENT TRACKING ON. */
export interface TrackingOptions {
  readonly broadcast: boolean;
  readonly prefixes: readonly string[];
  readonly noLoop: boolean;
  readonly mode: "all" | "optin" | "optout";
}

export class Tracking implements Holder {
  isOn = false;
  options: TrackingOptions = { broadcast: false, prefixes: [], noLoop: false, mode: "all" };
  /** CLIENT CACHING yes or no, for the next command. */
  caching: boolean | undefined;
  /** Bytes of invalidations written since the connection last had nothing waiting. */
  pushedBytes = 0;
  readonly #client: Client;
  #keys: string[] = [];
  #all = false;
  #writes = false;

  constructor(client: Client) {
    this.#client = client;
  }

  start(options: TrackingOptions): boolean {
    const { tracker } = this.#client.lane.options;
    this.options = options;
    this.isOn = true;
    if (!options.broadcast) return true;
    const prefixes = options.prefixes.length === 0 ? [""] : options.prefixes;
    return prefixes.every((prefix) => tracker.broadcast(this, prefix));
  }

  stop(): void {
    if (!this.isOn) return;
    this.isOn = false;
    this.options = { broadcast: false, prefixes: [], noLoop: false, mode: "all" };
    this.#client.lane.options.tracker.forget(this);
    this.#keys = [];
    this.#all = false;
  }

  /** The client is about to read `key`. */
  remember(key: string): void {
    const { broadcast, mode } = this.options;
    if (broadcast) return;
    if (mode === "optin" && this.caching !== true) return;
    if (mode === "optout" && this.caching === false) return;
    this.#client.lane.options.tracker.track(this, key);
  }

  /** `record` was read of a key that may be remembered: the client is told, too, when it expires. */
  found(key: string, record: Uint8Array): void {
    if (!this.isOn) return;
    const view = new DataView(record.buffer, record.byteOffset, record.length);
    this.#client.lane.options.tracker.expires(key, view.getFloat64(RECORD_EXPIRY_AT, true));
  }

  /**
   * Runs one command of the client. With NOLOOP it is not told of what that changes at once; of a write that has to
   * wait for L2 it is, since meanwhile others may write.
   */
  around<T>(run: () => T): T {
    const { caching } = this;
    this.#writes = true;
    try {
      return run();
    } finally {
      this.#writes = false;
      if (this.caching === caching) this.caching = undefined;
    }
  }

  drop(key: string): void {
    if (this.#writes && this.options.noLoop) return;
    if (this.#keys.length < TOLD_MAX) this.#keys.push(key);
    else this.#all = true;
    this.#client.lane.tellLater(this.#client);
  }

  dropAll(): void {
    this.#all = true;
    this.#client.lane.tellLater(this.#client);
  }

  /** Writes what is still to be told; between two answers. RESP2 has no way to be told. */
  write(): void {
    if (this.#keys.length === 0 && !this.#all) return;
    const { out } = this.#client;
    const before = out.length;
    if (this.#client.protocol === 3) {
      out.push(2);
      out.raw("$10\r\ninvalidate\r\n");
      if (this.#all) {
        out.nil();
      } else {
        out.array(this.#keys.length);
        for (const key of this.#keys) out.bulkText(key);
      }
    }
    this.pushedBytes += out.length - before;
    this.#keys = [];
    this.#all = false;
  }
}
