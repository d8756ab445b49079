// L2 in one process's memory: what the hub of an instance's workers runs, and what a simulation takes for Redis.
//
// It does in one step each what Redis's scripts do; a test holds the two to one another. Bounded by evicting the
// entry that was written or read longest ago.

import { TICK_STEPS } from "../base/limits.ts";
import { nextRun, numberWithin } from "../coherence/epoch.ts";
import { closeMessage, openMessage, variantsMessage } from "../coherence/message.ts";
import { holds } from "./condition.ts";
import { encodeEnvelope } from "./envelope.ts";
import type {
  L2MarkRequest,
  L2Operation,
  L2Operations,
  L2Outcome,
  L2Read,
  L2ReadRequest,
  L2RemoveRequest,
  L2SetRequest,
  L2Stamp,
  L2Swept,
  L2SweepRequest,
  L2VariantsRequest,
} from "./l2.ts";
import { Leases } from "./leases.ts";
import { RecordView } from "./record.ts";
import type { Condition, Target } from "./store.ts";
import { Watermarks } from "./watermarks.ts";

/** Bytes that an entry costs beyond its key and envelope. */
const ENTRY_BYTES = 300;

interface Stored {
  readonly epoch: string;
  readonly n: number;
  readonly expiresAtMs: number;
  /** Until when it is kept for those who wait while another fills it. */
  readonly keptUntilMs: number;
  readonly record: Uint8Array;
}

export interface MemoryL2Options {
  readonly bytesMax: number;
  readonly wallMs: () => number;
  readonly makeEpoch: () => string;
  readonly publish: (text: string) => void;
}

type Handlers = {
  readonly [O in L2Operation]: (request: L2Operations[O]["request"]) => L2Operations[O]["reply"];
};

export class MemoryL2 {
  readonly #options: MemoryL2Options;
  #entries = new Map<string, Stored>();
  readonly #leases = new Leases();
  #marks = new Watermarks();
  readonly #sweeps = new Map<string, IterableIterator<[string, Stored]>>();
  #sweepCount = 0;
  #bytes = 0;
  #epoch = "";
  #n = 0;
  readonly #handlers: Handlers = {
    read: (request) => this.#read(request),
    set: (request) => this.#set(request),
    remove: (request) => this.#remove(request),
    variants: (request) => this.#variants(request),
    mark: (request) => this.#mark(request),
    sweep: (request) => this.#sweep(request),
    forget: ({ n }) => this.#forget(n),
  };

  constructor(options: MemoryL2Options) {
    this.#options = options;
  }

  execute<O extends L2Operation>(
    operation: O,
    request: L2Operations[O]["request"],
  ): L2Operations[O]["reply"] {
    return this.#handlers[operation](request);
  }

  /** The clock, begun if there is none. */
  tick(): L2Stamp {
    this.#begin();
    return this.#stamp();
  }

  /** Another epoch, with numbers beyond any that were used: what a new run of Redis gets. */
  adopt(): void {
    this.#epoch = nextRun(this.#epoch, this.#options.makeEpoch());
    this.#n += 2 ** 32;
    this.#publish({ kind: "keys", keys: [] }, "");
  }

  /** Loses everything, the clock too. */
  clear(): void {
    this.#entries.clear();
    this.#leases.clear();
    this.#marks = new Watermarks();
    this.#bytes = 0;
    this.#epoch = "";
    this.#n = 0;
  }

  /** A copy that can be put back by `restore`, as Redis's snapshots can. */
  snapshot(): () => void {
    const entries = new Map(this.#entries);
    const { epoch, n, bytes } = { epoch: this.#epoch, n: this.#n, bytes: this.#bytes };
    const marks = this.#marks.copy();
    return () => {
      this.#entries = new Map(entries);
      this.#leases.clear();
      this.#marks = marks.copy();
      this.#bytes = bytes;
      this.#epoch = epoch;
      this.#n = n;
    };
  }

  /** The record of a live entry, without a trace. */
  peek(key: string): Uint8Array | undefined {
    return this.#live(key)?.record;
  }

  /** Until the live entry of `key` expires; `Infinity` for none and for never. */
  remainingMs(key: string): number {
    const entry = this.#live(key);
    return entry === undefined ? Number.POSITIVE_INFINITY : entry.expiresAtMs - this.#options.wallMs();
  }

  get hasClock(): boolean {
    return this.#epoch !== "";
  }

  get size(): number {
    return this.#entries.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  #begin(): void {
    if (this.#epoch === "") this.#epoch = this.#options.makeEpoch();
  }

  #stamp(): L2Stamp {
    return { epoch: this.#epoch, n: this.#n, timeMs: this.#options.wallMs() };
  }

  #numberOf(entry: Stored): number {
    return numberWithin(this.#epoch, entry.epoch, entry.n);
  }

  /** The entry of `key`, unless it is covered by a mark or past even its grace. */
  #kept(key: string): Stored | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    const isGone = entry.keptUntilMs <= this.#options.wallMs();
    if (!isGone && !this.#isCovered(key, entry)) return entry;
    this.#delete(key);
    return undefined;
  }

  #live(key: string): Stored | undefined {
    const entry = this.#kept(key);
    return entry !== undefined && entry.expiresAtMs > this.#options.wallMs() ? entry : undefined;
  }

  #isCovered(key: string, entry: Stored): boolean {
    const n = this.#numberOf(entry);
    return this.#marks.covering(key, n, () => new RecordView(entry.record).tags) !== undefined;
  }

  #read(request: L2ReadRequest): L2Read {
    const nowMs = this.#options.wallMs();
    let leased: boolean | undefined;
    const values = request.keys.map((key) => {
      const entry = this.#kept(key);
      if (request.lease !== undefined && (entry === undefined || entry.expiresAtMs <= nowMs)) {
        leased = this.#leases.take(key, request.lease, nowMs);
      }
      if (entry === undefined) return undefined;
      // The youngest are last in the map.
      this.#entries.delete(key);
      this.#entries.set(key, entry);
      return encodeEnvelope(entry);
    });
    return { ...this.#stamp(), values, leased };
  }

  #holds(condition: Condition | undefined, key: string): boolean {
    if (condition === undefined) return true;
    if (condition.kind === "lease") {
      return this.#leases.isHeld(key, condition.token, this.#options.wallMs());
    }
    const entry = this.#live(key);
    if (entry === undefined) return holds(condition, undefined);
    const version = { epoch: this.#epoch, n: this.#numberOf(entry) };
    return holds(condition, { record: new RecordView(entry.record), version });
  }

  #set(request: L2SetRequest): L2Outcome {
    const { key, record, ttlMs, staleMs, origin } = request;
    this.#begin();
    const timeMs = this.#options.wallMs();
    if (timeMs > request.notAfterMs) return { kind: "late" };
    if (!this.#holds(request.condition, key)) return { kind: "failed_condition" };
    const present = this.#live(key) === undefined ? 0 : 1;
    this.#n += 1;
    this.#delete(key);
    const expiresAtMs = timeMs + ttlMs;
    const { epoch } = this.#stamp();
    const copy = record.slice();
    this.#put(key, { epoch, n: this.#n, expiresAtMs, keptUntilMs: expiresAtMs + staleMs, record: copy });
    this.#leases.drop(key);
    this.#publish({ kind: "keys", keys: [key] }, origin);
    return { kind: "done", ...this.#stamp(), present };
  }

  #remove(request: L2RemoveRequest): L2Outcome {
    const { keys, condition, origin } = request;
    this.#begin();
    if (this.#options.wallMs() > request.notAfterMs) return { kind: "late" };
    if (!this.#holds(condition, keys[0]!)) return { kind: "failed_condition" };
    let present = 0;
    for (const key of new Set(keys)) {
      if (this.#live(key) !== undefined) present += 1;
      this.#delete(key);
      this.#leases.drop(key);
    }
    this.#n += 1;
    this.#publish({ kind: "keys", keys }, origin);
    return { kind: "done", ...this.#stamp(), present };
  }

  #variants(request: L2VariantsRequest): { added: boolean } {
    const { key, epoch, n, record, origin } = request;
    const entry = this.#entries.get(key);
    if (entry === undefined || entry.epoch !== epoch || entry.n !== n) return { added: false };
    this.#delete(key);
    this.#put(key, { ...entry, record: record.slice() });
    this.#options.publish(variantsMessage(key, origin, epoch, n));
    return { added: true };
  }

  #mark(request: L2MarkRequest): L2Outcome {
    const { origin } = request;
    let { target }: { target: Target } = request;
    this.#begin();
    if (this.#options.wallMs() > request.notAfterMs) return { kind: "late" };
    this.#n += 1;
    if (!this.#cover(target)) {
      target = { kind: "all" };
      this.#marks = new Watermarks();
      this.#cover(target);
    }
    this.#publish(target, origin);
    return { kind: "done", ...this.#stamp(), present: 0 };
  }

  #cover(target: Target): boolean {
    if (target.kind === "tags") return this.#marks.add("tag", target.tags, this.#n) !== undefined;
    const prefix = target.kind === "prefix" ? target.prefix : "";
    return this.#marks.add("prefix", [prefix], this.#n) !== undefined;
  }

  #sweep({ cursor }: L2SweepRequest): L2Swept {
    const id = cursor === "0" ? String(++this.#sweepCount) : cursor;
    const entries = this.#sweeps.get(id) ?? this.#entries.entries();
    this.#sweeps.set(id, entries);
    let removed = 0;
    for (let i = 0; i < TICK_STEPS; i++) {
      const next = entries.next();
      if (next.done === true) {
        this.#sweeps.delete(id);
        return { cursor: "0", removed };
      }
      const [key, entry] = next.value;
      if (!this.#isCovered(key, entry)) continue;
      this.#delete(key);
      removed += 1;
    }
    return { cursor: id, removed };
  }

  #forget(n: number): { forgotten: number } {
    const before = this.#marks.size;
    this.#marks.forgetOnly(n);
    return { forgotten: before - this.#marks.size };
  }

  #put(key: string, entry: Stored): void {
    this.#entries.set(key, entry);
    this.#bytes += bytesOf(key, entry);
    for (const oldest of this.#entries.keys()) {
      if (this.#bytes <= this.#options.bytesMax) return;
      this.#delete(oldest);
    }
  }

  #delete(key: string): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    this.#entries.delete(key);
    this.#bytes -= bytesOf(key, entry);
  }

  #publish(target: Target, origin: string): void {
    const { epoch, n, timeMs } = this.#stamp();
    this.#options.publish(closeMessage(openMessage(target, origin), epoch, n, timeMs));
  }
}

function bytesOf(key: string, entry: Stored): number {
  return key.length * 2 + entry.record.length + ENTRY_BYTES;
}
