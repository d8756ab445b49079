// Remembers which clients keep copies of which entries, and tells them when one is no longer good. Hot in part.
//
// A client is told of a key once; it is remembered again when it reads again. Whatever cannot be told exactly (a tag,
// a flush, too many keys) is told as "drop all you hold". All that is remembered counts against one byte budget: past
// it the client that holds the most is told so. What would take long (many keys that expire, a prefix, a client that
// goes) is done in steps, between which the event loop runs.

import { TRACKED_BYTES_MAX, TRACKED_KEYS_PER_CLIENT_MAX, TRACKED_PREFIXES_MAX } from "../base/limits.ts";
import { loopWork } from "../base/loop/loop-work.ts";
import type { InFlight } from "../base/in-flight.ts";
import type { Target } from "../coherence/target.ts";
import type { ChangeListener } from "../store/changes.ts";
import { Charge } from "./charge.ts";
import { ExpirySlots, type Expiring } from "./expiry-slots.ts";
import { PrefixTable } from "./prefix-table.ts";
import { PrefixWalk } from "./prefix-walk.ts";

/** A client that keeps copies. Neither method may change the tracker. */
export interface Holder {
  /** `isSubscribed`: it is told since it subscribed to a prefix of `key`, else since it read it. */
  drop(key: string, isSubscribed: boolean): void;
  dropAll(): void;
}

/** What one client holds; once it has gone, or was told to drop all, the rest of this is taken apart in steps. */
interface Holding {
  readonly holder: Holder;
  readonly keys: Set<TrackedKey>;
  bytes: number;
  isGone: boolean;
}

interface TrackedKey extends Expiring {
  readonly key: string;
  readonly holdings: Holding[];
  /** The one of them that the key's own bytes count for. */
  payer: Holding;
}

/** Bytes of a key beside its text, with its places in the tables, and of each client that holds it (measured). */
const KEY_BYTES = 300;
const PAIR_BYTES = 64;
/** Whom the tables are charged to. */
const OWNER = "tracking";
const STEP = loopWork.kind("tracking");
/** Keys that one step looks at. */
const STEP_KEYS = 2_000;

export class Tracker implements ChangeListener {
  readonly #charge: Charge;
  readonly #subscriptions = new PrefixTable<Holder>();
  #holdings = new Map<Holder, Holding>();
  #keys = new Map<string, TrackedKey>();
  #expiring = new ExpirySlots<TrackedKey>();
  #gone: Holding[] = [];
  #walk = new PrefixWalk<TrackedKey>();
  #isStepping = false;
  #wallMs = 0;
  #tracked = 0;
  #bytes = 0;

  constructor(inFlight: InFlight) {
    this.#charge = new Charge(inFlight, "tracking");
  }

  /** Pairs of client and key that are remembered. */
  get tracked(): number {
    return this.#tracked;
  }

  /** Bytes that all of it takes, about. */
  get bytes(): number {
    return this.#bytes + this.#subscriptions.bytes;
  }

  get isIdle(): boolean {
    return this.#tracked === 0 && this.#subscriptions.isEmpty;
  }

  /** From now on `holder` is told when `key` changes, once. */
  track(holder: Holder, key: string): void {
    const held = this.#holdings.get(holder);
    if (held !== undefined) {
      const known = this.#keys.get(key);
      if (known !== undefined && held.keys.has(known)) return;
      if (held.keys.size >= TRACKED_KEYS_PER_CLIENT_MAX) this.#dropAll(holder);
    }
    this.#makeRoom(costOf(key) + PAIR_BYTES);
    const holding = this.#holdingOf(holder);
    const tracked = this.#keys.get(key) ?? this.#newKey(key, holding);
    if (tracked.payer.isGone) this.#pay(tracked, holding);
    tracked.holdings.push(holding);
    holding.keys.add(tracked);
    this.#tracked += 1;
    this.#count(holding, PAIR_BYTES);
  }

  /** A tracked `key` expires at `wallMs`, which its holders are then told. */
  expires(key: string, wallMs: number): void {
    const tracked = this.#keys.get(key);
    if (tracked !== undefined && tracked.expiresAtMs !== wallMs) {
      this.#expiring.put(tracked, wallMs, this.#wallMs);
    }
  }

  /** Tells of the entries that expired before `wallMs`. To be called every so often. */
  sweep(wallMs: number): void {
    this.#wallMs = wallMs;
    this.#step();
  }

  /** From now on `holder` is told of every key under `prefix`; `false`: there are too many prefixes. */
  broadcast(holder: Holder, prefix: string): boolean {
    if (this.#subscriptions.prefixesOf(holder).size >= TRACKED_PREFIXES_MAX) return false;
    if (this.bytes + this.#subscriptions.costOf(prefix) > TRACKED_BYTES_MAX) return false;
    this.#subscriptions.add(prefix, holder);
    return true;
  }

  /** The prefixes that `holder` is told of. */
  prefixesOf(holder: Holder): ReadonlySet<string> {
    return this.#subscriptions.prefixesOf(holder);
  }

  /** Ends what `broadcast` began. */
  unsubscribe(holder: Holder): void {
    this.#subscriptions.remove(holder);
  }

  /** Forgets one key of `holder`, which dropped it by itself. */
  untrack(holder: Holder, key: string): void {
    const holding = this.#holdings.get(holder);
    const tracked = this.#keys.get(key);
    if (holding !== undefined && tracked !== undefined && holding.keys.has(tracked)) {
      this.#unpair(holding, tracked);
    }
  }

  /** Forgets all of `holder`. */
  forget(holder: Holder): void {
    this.#release(holder);
    this.#subscriptions.remove(holder);
  }

  onKey(key: string): void {
    const tracked = this.#tracked > 0 ? this.#keys.get(key) : undefined;
    if (tracked !== undefined) this.#tell(tracked);
    if (!this.#subscriptions.isEmpty) this.#subscriptions.eachOf(key, (holder) => holder.drop(key, true));
  }

  onMass(target: Target): void {
    switch (target.kind) {
      case "keys":
        for (const key of target.keys) this.onKey(key);
        return;
      case "prefix":
        this.#subscriptions.eachOverlapping(target.prefix, (holder) => holder.dropAll());
        if (!this.#walk.add(target.prefix)) return this.#everybody();
        this.#step();
        return;
      case "tags":
      case "all":
        this.#everybody();
    }
  }

  #newKey(key: string, payer: Holding): TrackedKey {
    const expiresAtMs = Number.POSITIVE_INFINITY;
    const tracked: TrackedKey = { key, holdings: [], payer, expiresAtMs, slot: undefined };
    this.#keys.set(key, tracked);
    this.#pay(tracked, payer);
    return tracked;
  }

  #pay(tracked: TrackedKey, payer: Holding): void {
    tracked.payer = payer;
    this.#count(payer, costOf(tracked.key));
  }

  /** `bytes` more, or fewer, count for `holding`; nothing does for one that has gone. */
  #count(holding: Holding, bytes: number): void {
    if (holding.isGone) return;
    holding.bytes += bytes;
    this.#bytes += bytes;
  }

  #holdingOf(holder: Holder): Holding {
    let holding = this.#holdings.get(holder);
    if (holding === undefined) {
      holding = { holder, keys: new Set(), bytes: 0, isGone: false };
      this.#holdings.set(holder, holding);
    }
    return holding;
  }

  /** Until `bytes` more are within the budgets, those who hold the most are told to drop all. */
  #makeRoom(bytes: number): void {
    while (this.bytes + bytes > TRACKED_BYTES_MAX || !this.#charge.set(OWNER, this.bytes + bytes)) {
      let largest: Holding | undefined;
      for (const holding of this.#holdings.values()) {
        if (holding.bytes > (largest?.bytes ?? 0)) largest = holding;
      }
      if (largest === undefined) return;
      this.#dropAll(largest.holder);
    }
  }

  #tell(tracked: TrackedKey): void {
    for (let holding = tracked.holdings.at(-1); holding !== undefined; holding = tracked.holdings.at(-1)) {
      const { holder, isGone } = holding;
      this.#unpair(holding, tracked);
      if (!isGone) holder.drop(tracked.key, false);
    }
  }

  #everybody(): void {
    const holders = new Set([...this.#holdings.keys(), ...this.#subscriptions.holders]);
    this.#holdings = new Map();
    this.#keys = new Map();
    this.#expiring = new ExpirySlots();
    this.#gone = [];
    this.#walk = new PrefixWalk();
    this.#tracked = 0;
    this.#bytes = 0;
    this.#charge.set(OWNER, this.bytes);
    for (const holder of holders) holder.dropAll();
  }

  #dropAll(holder: Holder): void {
    this.#release(holder);
    holder.dropAll();
  }

  /** Takes away what `holder` has; it counts no more from now on, whatever is still to be taken apart. */
  #release(holder: Holder): void {
    const holding = this.#holdings.get(holder);
    if (holding === undefined) return;
    this.#holdings.delete(holder);
    this.#bytes -= holding.bytes;
    this.#tracked -= holding.keys.size;
    holding.isGone = true;
    this.#gone.push(holding);
    this.#step();
  }

  #unpair(holding: Holding, tracked: TrackedKey): void {
    const { holdings, key } = tracked;
    holding.keys.delete(tracked);
    holdings.splice(holdings.lastIndexOf(holding), 1);
    if (!holding.isGone) this.#tracked -= 1;
    this.#count(holding, -PAIR_BYTES);
    if (tracked.payer === holding) {
      this.#count(holding, -costOf(key));
      const next = holdings.find((other) => !other.isGone);
      if (next !== undefined) this.#pay(tracked, next);
    }
    if (holdings.length > 0) return;
    this.#expiring.remove(tracked);
    // A flush may have begun another table.
    if (this.#keys.get(key) === tracked) this.#keys.delete(key);
  }

  /** Does one step of each work that waits, and sees to the next where more is left. */
  #step(): void {
    const isMore = [this.#takeApart(), this.#tellExpired(), this.#tellPrefixes()].includes(true);
    this.#charge.set(OWNER, this.bytes);
    if (!isMore || this.#isStepping) return;
    this.#isStepping = true;
    setImmediate(() => {
      this.#isStepping = false;
      loopWork.begin(STEP, Bun.nanoseconds());
      this.#step();
    });
  }

  #takeApart(): boolean {
    let left = STEP_KEYS;
    for (let holding = this.#gone.at(-1); holding !== undefined; holding = this.#gone.at(-1)) {
      for (const tracked of holding.keys) {
        if (left-- <= 0) return true;
        this.#unpair(holding, tracked);
      }
      this.#gone.pop();
    }
    return false;
  }

  #tellExpired(): boolean {
    return this.#expiring.sweep(this.#wallMs, STEP_KEYS, (tracked) => this.onKey(tracked.key)) >= STEP_KEYS;
  }

  #tellPrefixes(): boolean {
    return this.#walk.step(this.#keys, STEP_KEYS, (tracked) => this.#tell(tracked));
  }
}

/** Bytes of `key` in the tables, whoever holds it. */
function costOf(key: string): number {
  return KEY_BYTES + key.length;
}
