// CLIENT TRACKING of one connection: what it wants to be told, and what it is still to be told.

import type { Holder, Tracker } from "../../gate/tracker.ts";
import type { Session } from "../../gate/session.ts";
import { expiryIn } from "../../record/in-place.ts";
import type { TrackingOptions, TrackingPort } from "../commands/tracking-port.ts";
import type { Changes } from "../../store/changes.ts";
import type { Outbox } from "../wire/outbox.ts";

/** Keys told one by one, and bytes of them; more at once are "drop all you hold". */
const TOLD_MAX = 10_000;
const TOLD_BYTES_MAX = 1024 * 1024;
/** Bytes that a key takes up in what is told, beside its text. */
const KEY_HEAD_BYTES = 8;
const OFF: TrackingOptions = { broadcast: false, prefixes: [], noLoop: false, mode: "all" };

export class Tracking implements Holder, TrackingPort {
  isOn = false;
  options = OFF;
  caching: boolean | undefined;
  /** Bytes of invalidations written since the connection last had nothing waiting. */
  pushedBytes = 0;
  readonly #tracker: Tracker;
  readonly #changes: Changes;
  readonly #outbox: Outbox;
  readonly #session: Session;
  readonly #tellLater: () => void;
  #keys: string[] = [];
  #keyBytes = 0;
  #all = false;
  /** A command of the client itself is running. */
  #isOwnCommand = false;
  #cachingBefore: boolean | undefined;

  /** `changes`: the store's; `tellLater`: asks for a call of `write` and a flush, soon. */
  constructor(tracker: Tracker, changes: Changes, outbox: Outbox, session: Session, tellLater: () => void) {
    this.#changes = changes;
    this.#tracker = tracker;
    this.#outbox = outbox;
    this.#session = session;
    this.#tellLater = tellLater;
  }

  /** What was tracked before stays so, and prefixes add up. */
  start(options: TrackingOptions): boolean {
    this.options = options;
    if (!this.isOn) this.#changes.attention.begin();
    this.isOn = true;
    if (!options.broadcast) return true;
    const prefixes = options.prefixes.length === 0 ? [""] : options.prefixes;
    return prefixes.every((prefix) => this.#tracker.broadcast(this, prefix));
  }

  /** Keys that were read stay remembered: they are told again once it is on again, as Redis does. */
  stop(): void {
    if (this.isOn) this.#changes.attention.end();
    this.isOn = false;
    this.options = OFF;
    this.#tracker.unsubscribe(this);
  }

  forget(): void {
    this.stop();
    this.#tracker.forget(this);
    this.#begin(false);
  }

  get prefixes(): ReadonlySet<string> {
    return this.#tracker.prefixesOf(this);
  }

  remember(key: string): void {
    const { broadcast, mode } = this.options;
    if (broadcast) return;
    if (mode === "optin" && this.caching !== true) return;
    if (mode === "optout" && this.caching === false) return;
    this.#tracker.track(this, key);
  }

  found(key: string, record: Uint8Array): void {
    if (this.isOn) this.#tracker.expires(key, expiryIn(record));
  }

  /**
   * A command of the client begins. Until `end`, with NOLOOP it is not told of what changes: of a write that has to
   * wait for L2 it is told, since meanwhile others may write.
   */
  begin(): void {
    this.#isOwnCommand = true;
    this.#cachingBefore = this.caching;
  }

  /** The command has run, or waits for L2. CLIENT CACHING holds for one command after it. */
  end(): void {
    this.#isOwnCommand = false;
    if (this.caching === this.#cachingBefore) this.caching = undefined;
  }

  drop(key: string, isSubscribed: boolean): void {
    if (isSubscribed !== this.options.broadcast) return;
    if (!this.isOn || (this.#isOwnCommand && this.options.noLoop)) return;
    if (!this.#mayBeTold(key)) return;
    if (this.#all) return this.#tellLater();
    this.#keyBytes += key.length + KEY_HEAD_BYTES;
    if (this.#keys.length >= TOLD_MAX || this.#keyBytes > TOLD_BYTES_MAX) return this.dropAll();
    this.#keys.push(key);
    this.#tellLater();
  }

  /** The rights of the session changed: what it may no longer be told of is not told. */
  recheck(): void {
    this.#keys = this.#keys.filter((key) => this.#mayBeTold(key));
  }

  #mayBeTold(key: string): boolean {
    const { apiKey } = this.#session;
    return apiKey !== undefined && apiKey.read && key.startsWith(apiKey.prefix);
  }

  /** Also before each answer while L1 is not proven: whoever is answered takes it that it has been told of all changes. */
  dropAll(): void {
    if (!this.isOn) return;
    this.#begin(true);
    this.#tellLater();
  }

  /** Nothing is to be told, or that all is to be dropped. */
  #begin(all: boolean): void {
    this.#keys = [];
    this.#keyBytes = 0;
    this.#all = all;
  }

  /**
   * Writes what is still to be told; between two answers. For keys that there is no room for, that all is to be dropped.
   * RESP2 has no way to be told.
   */
  write(): void {
    if (this.#keys.length === 0 && !this.#all) return;
    if (!this.#outbox.hasRoomFor(this.#keyBytes)) this.#begin(true);
    this.#outbox.beginPush();
    const out = this.#outbox.output;
    const before = out.length;
    if (this.#outbox.protocol === 3) {
      out.push(2);
      out.raw("$10\r\ninvalidate\r\n");
      if (this.#all) {
        out.nil();
      } else {
        out.array(this.#keys.length);
        for (const key of this.#keys) out.key(key);
      }
    }
    this.pushedBytes += out.length - before;
    this.#outbox.endPush();
    this.#begin(false);
  }
}
