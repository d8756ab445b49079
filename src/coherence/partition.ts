// One partition's side of the coherence protocol: sequence, epoch, generation, freshness, flights, writes. Pure.
//
// Every change is numbered by one sequence in Redis and published in the step that makes it, so a subscriber that
// has seen all numbers has seen all changes. What it cannot prove to be whole it forgets: `flush` starts another
// generation, in which nothing read or written before may be installed. Time is an argument.
//
// Messages tell what changed; only answers tell where the sequence stands. A message whose number does not follow, or
// whose epoch is another, drops nothing but the keys that it names and asks for a tick: that answer decides.

import { createCounts, type Counts } from "../observe/counts.ts";
import { Histogram } from "../observe/histogram.ts";
import type { Target } from "./target.ts";
import type { SequenceReading } from "./bus.ts";
import { ClockOffset } from "./clock-offset.ts";
import { Flights, type Flight } from "./flights.ts";
import type { OddMessage } from "./odd-messages.ts";
import { parseMessage, type Message } from "./message.ts";
import type { TickQuestion } from "./tick-question.ts";
import { PendingWrites, type PendingWrite } from "./pending-writes.ts";
import type { Version } from "../record/version.ts";
import { PROTOCOL_RULES, type ProtocolRules } from "./protocol-rules.ts";

/** L1, as far as the protocol touches it. */
export interface L1Port {
  /** Sequence number of the resident entry of `key`, if there is one. */
  versionOf(key: string): number | undefined;
  drop(key: string): void;
  /** Forgets everything. */
  flush(): void;
  /** Forgets what a mass invalidation covers and was written by number `n` or before; `Infinity` for all of it. */
  cover(target: Target, n: number): void;
}

export interface PartitionOptions {
  /** This instance, as its messages name it. */
  readonly origin: string;
  /** The bound on staleness. */
  readonly boundMs: number;
  readonly resident: L1Port;
  readonly rules?: ProtocolRules;
  /** Where it counts messages and gaps; its own unless given. */
  readonly counts?: Counts;
  /** Called when a key, or (`undefined`) anything at all, was invalidated. */
  readonly onChange?: (key: string | undefined) => void;
  /** Called when a message was odd: but for a malformed one, a tick is wanted now, to see whether it is true. */
  readonly onOdd?: (kind: OddMessage) => void;
  /** Called when an answer came from another history than the one followed: all connections are to be made anew. */
  readonly onDoubt?: (reason: string) => void;
}

const NOTHING: Version = { epoch: "", n: 0 };

export class Partition {
  readonly flights = new Flights();
  readonly writes = new PendingWrites();
  readonly lag = new Histogram();
  readonly counts: Counts;
  /** Times that everything was forgotten. */
  flushes = 0;
  freshUntilMs = Number.NEGATIVE_INFINITY;
  #epoch = "";
  /** All changes up to this number were heard of. */
  #n = 0;
  #proven: Version = NOTHING;
  #gen = 0;
  readonly #offset = new ClockOffset();
  readonly #options: PartitionOptions;
  readonly #rules: ProtocolRules;

  constructor(options: PartitionOptions) {
    this.#options = options;
    this.counts = options.counts ?? createCounts();
    this.#rules = options.rules ?? PROTOCOL_RULES;
  }

  get epoch(): string {
    return this.#epoch;
  }

  get n(): number {
    return this.#n;
  }

  get gen(): number {
    return this.#gen;
  }

  /** What answers have proven the sequence to have reached: whatever is asked now must be answered by no less. */
  get proven(): Version {
    return this.#proven;
  }

  /** What Redis's clock has reached at the least at `nowMs`; `NaN` before the first tick. */
  redisTimeAtLeastMs(nowMs: number): number {
    return this.#offset.atLeastMs(nowMs);
  }

  /** Takes one message in. Whatever goes wrong in here ends in a flush, never in a throw. */
  receive(text: string, nowMs: number): void {
    try {
      const message = parseMessage(text);
      if (message !== undefined) {
        this.#apply(message, nowMs);
        return;
      }
    } catch {
      this.flush();
    }
    this.counts.invalidationsMalformed += 1;
    this.#options.onOdd?.("malformed");
  }

  /** What is known as a tick is sent, at `nowMs`: its answer is held against that. */
  asking(nowMs: number): TickQuestion {
    return { sentMs: nowMs, proven: this.#proven, n: this.#n };
  }

  /** Takes in the answer to a tick, which came at `nowMs`. */
  tick(reading: SequenceReading, { proven, n, sentMs }: TickQuestion, nowMs: number, isFirst: boolean): void {
    const rules = this.#rules;
    const isOther = rules.isOtherEpoch(this.#epoch, reading.epoch);
    if (!isFirst && !this.follows(reading, proven)) return;
    const isBehind = rules.isBehind(this.#n, reading.n);
    if (isOther || isBehind || (isFirst && rules.flushesOnConnect())) {
      if (!isFirst && isBehind && !isOther) this.counts.gaps += 1;
      this.flush();
      this.#n = reading.n;
      this.#proven = reading;
      this.#epoch = reading.epoch;
    } else if (reading.n < n) {
      // It had been heard of before it was asked for. Later changes may have been heard of since.
      this.counts.invalidationsDisbelieved += 1;
      this.#n = rules.disbelieve(this.#n, reading.n);
    }
    if (isFirst) this.#offset.forget();
    this.#offset.learn(reading.timeMs, sentMs, nowMs);
    this.freshUntilMs = rules.freshUntilMs(sentMs, this.#options.boundMs);
  }

  /** Whether an answer to what was asked when `proven` was proven (`isChange`: it tells of a change) can come from the
   *  history that is followed. Where it cannot, nothing is fresh any more. */
  follows(at: Version, proven: Version, isChange = false): boolean {
    if (at.epoch === proven.epoch && this.#rules.isBackwards(proven.n, at.n, isChange)) {
      this.distrust();
      this.#options.onDoubt?.(`number ${at.n} after number ${proven.n}`);
      return false;
    }
    if (at.epoch === this.#proven.epoch && at.n > this.#proven.n) this.#proven = at;
    return true;
  }

  /** Nothing is heard of changes any more: whoever was to be told of them has to drop what it holds. */
  unheard(): void {
    this.#options.onChange?.(undefined);
  }

  /** Believes nothing that it has until another tick. */
  distrust(): void {
    this.flush();
    this.freshUntilMs = Number.NEGATIVE_INFINITY;
    this.#proven = NOTHING;
  }

  /** Starts another generation with nothing in it. */
  flush(): void {
    this.#gen += 1;
    this.flushes += 1;
    this.#options.resident.flush();
    this.flights.detachAll(true);
    this.writes.raiseAll(undefined);
    this.#options.onChange?.(undefined);
  }

  /** Whether the resident entry with number `n` satisfies a reader who has seen `min`. */
  satisfies(n: number, min: Version): boolean {
    return min.epoch === this.#epoch && (n >= min.n || this.#n >= min.n);
  }

  beginFill(key: string, nowMs: number): Flight {
    return this.flights.begin(key, this.#gen, nowMs);
  }

  /** Ends a flight that brought `n` (none: L2 has no entry) from a sequence at `at`; whether L1 may have it. */
  endFill(flight: Flight, n: number | undefined, at: Version): boolean {
    this.flights.end(flight);
    const { resident } = this.#options;
    const present = resident.versionOf(flight.key);
    const isOwnEpoch = !this.#rules.isOtherEpoch(this.#epoch, at.epoch);
    // A reader is being told of a newer state: nobody here may be told of the older one again.
    const isOlder = present !== undefined && present !== n && present <= (n ?? at.n);
    if (present !== undefined && (isOlder || !isOwnEpoch)) resident.drop(flight.key);
    if (n === undefined) return false;
    if (!this.#rules.mayInstallFill(flight, this.#gen, isOwnEpoch)) return false;
    return present === undefined || present < n;
  }

  /** Ends a flight of which nothing is known: it timed out or failed. */
  failFill(flight: Flight): void {
    flight.poisoned = true;
    this.flights.end(flight);
  }

  beginWrite(key: string): PendingWrite {
    return this.writes.begin(key, this.#gen);
  }

  /** Ends a write that L2 acknowledged as `version`; whether L1 may have its value. */
  endWrite(write: PendingWrite, version: Version): boolean {
    const { resident } = this.#options;
    this.writes.end(write);
    const isOwnEpoch = !this.#rules.isOtherEpoch(this.#epoch, version.epoch);
    const present = resident.versionOf(write.key);
    if (present !== undefined && (!isOwnEpoch || present < version.n)) resident.drop(write.key);
    this.flights.detach(write.key, this.#rules.poisonsDetached());
    this.#options.onChange?.(write.key);
    if (!this.#rules.mayInstallWrite(write, this.#gen, isOwnEpoch, version.n)) return false;
    return present === undefined || present < version.n;
  }

  /** A change of this instance's own was acknowledged as `version`: what it makes old is dropped here at once. */
  endChange(target: Target, version: Version): void {
    if (this.#rules.isOtherEpoch(this.#epoch, version.epoch)) this.flush();
    else this.#invalidate(target, version.n);
  }

  /** Ends a write whose outcome is unknown: nothing may be assumed of its key. */
  failWrite(write: PendingWrite): void {
    this.writes.end(write);
    this.#options.resident.drop(write.key);
    this.flights.detach(write.key, true);
    this.writes.raise(write.key, undefined);
  }

  #apply(message: Message, nowMs: number): void {
    const isOwn = message.origin === this.#options.origin;
    const { target, version, variantsOf, sentAtMs } = message;
    const isFollowed = version === undefined || this.#follow(version);
    if (isFollowed === undefined) return;
    if (isOwn) this.counts.invalidationsOwn += 1;
    else this.counts.invalidationsReceived += 1;
    if (variantsOf !== undefined) {
      this.#refresh(message, variantsOf, isOwn);
      return;
    }
    if (version !== undefined && isFollowed) {
      const lagMs = this.#offset.atMostMs(nowMs) - (sentAtMs ?? Number.NaN);
      if (!Number.isNaN(lagMs)) this.lag.record(Math.max(0, lagMs) * 1e6);
    }
    if (this.#rules.isIgnored(isOwn)) return;
    // A number that does not follow may be made up: the order of this change is unknown.
    this.#invalidate(target, isFollowed ? version?.n : undefined);
  }

  /** Moves along the sequence; whether `version` is next, or was: `undefined` when it is of another sequence. */
  #follow(version: Version): boolean | undefined {
    const rules = this.#rules;
    if (rules.isOtherEpoch(this.#epoch, version.epoch)) {
      this.counts.invalidationsForeign += 1;
      this.#options.onOdd?.("foreign");
      if (!rules.obeysForeign()) return undefined;
      this.flush();
      this.#epoch = version.epoch;
      this.#n = version.n;
      this.freshUntilMs = Number.NEGATIVE_INFINITY;
      return true;
    }
    const isGap = rules.isGap(this.#n, version.n);
    this.#n = rules.follow(this.#n, version.n);
    if (isGap) this.#options.onOdd?.("beyond");
    return !isGap;
  }

  /** Applies a change with number `n`; `undefined` when it was published by hand and has none. */
  #invalidate(target: Target, n: number | undefined): void {
    const { resident, onChange } = this.#options;
    const poisons = this.#rules.poisonsDetached();
    if (target.kind !== "keys") {
      resident.cover(target, n ?? Number.POSITIVE_INFINITY);
      this.flights.detachAll(poisons);
      this.writes.raiseAll(n);
      onChange?.(undefined);
      return;
    }
    for (const key of target.keys) {
      const present = resident.versionOf(key);
      if (present !== undefined && (n === undefined || present < n)) resident.drop(key);
      this.flights.detach(key, poisons);
      this.writes.raise(key, n);
      onChange?.(key);
    }
  }

  /** Another instance has compressed an entry: drop it, so that the next reader finds the variants. */
  #refresh(message: Message, n: number, isOwn: boolean): void {
    if (isOwn || message.target.kind !== "keys") return;
    for (const key of message.target.keys) {
      if (this.#options.resident.versionOf(key) === n) this.#options.resident.drop(key);
    }
  }
}
