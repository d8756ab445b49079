// L2 in one process's memory: what the hub of an instance's workers runs, and what a simulation takes for Redis.
//
// Each operation does in one step what Redis's script of that name does; a test compares the two. Its table bounds it.

import { TICK_STEPS } from "../base/limits.ts";
import { nextRun, numberWithin } from "../coherence/epoch.ts";
import { closeMessage, openMessage, variantsMessage } from "../coherence/message.ts";
import { holds } from "../store/condition.ts";
import { encodeEnvelope } from "../record/envelope.ts";
import type { SequenceReading } from "../coherence/bus.ts";
import type {
  L2MarkRequest,
  L2Operation,
  L2Operations,
  L2Outcome,
  L2Read,
  L2ReadRequest,
  L2RemoveRequest,
  L2SetRequest,
  L2Swept,
  L2SweepRequest,
  L2VariantsRequest,
} from "../store/l2.ts";
import { Leases } from "../store/leases.ts";
import { MemoryTable, type MemoryEntry } from "./memory-table.ts";
import { RecordView } from "../record/record.ts";
import type { Target } from "../coherence/target.ts";
import type { Condition } from "../store/store.ts";
import { Watermarks } from "../store/watermarks.ts";

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
  #entries: MemoryTable;
  readonly #leases = new Leases();
  #marks = new Watermarks();
  readonly #sweeps = new Map<string, IterableIterator<[string, MemoryEntry]>>();
  #sweepCount = 0;
  #epoch = "";
  #n = 0;
  readonly #handlers: Handlers = {
    read: (request) => this.#read(request),
    set: (request) => this.#set(request),
    remove: (request) => this.#remove(request),
    variants: (request) => this.#variants(request),
    mark: (request) => this.#mark(request),
    sweep: (request) => this.#sweep(request),
    forget: ({ target, n }) => this.#forget(target === undefined, n),
  };

  constructor(options: MemoryL2Options) {
    this.#options = options;
    this.#entries = new MemoryTable(options.bytesMax);
  }

  execute<O extends L2Operation>(
    operation: O,
    request: L2Operations[O]["request"],
  ): L2Operations[O]["reply"] {
    return this.#handlers[operation](request);
  }

  /** The clock, begun if there is none. */
  tick(): SequenceReading {
    this.#begin();
    return { ...this.#stamp(), marks: this.#marks.size };
  }

  /** Another epoch, with numbers beyond any that were used: what a new run of Redis gets. */
  adopt(): void {
    this.#epoch = nextRun(this.#epoch, this.#options.makeEpoch());
    this.#n += 2 ** 32;
    this.#publish({ kind: "keys", keys: [] }, "");
  }

  /** Loses everything, the clock too. */
  clear(): void {
    this.#entries = new MemoryTable(this.#options.bytesMax);
    this.#leases.clear();
    this.#marks = new Watermarks();
    this.#epoch = "";
    this.#n = 0;
  }

  /** A copy that can be put back by `restore`, as Redis's snapshots can. */
  snapshot(): () => void {
    const entries = this.#entries.copy();
    const [epoch, n] = [this.#epoch, this.#n];
    const marks = this.#marks.copy();
    return () => {
      this.#entries = entries.copy();
      this.#leases.clear();
      this.#marks = marks.copy();
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

  #begin(): void {
    if (this.#epoch === "") this.#epoch = this.#options.makeEpoch();
  }

  #stamp(): SequenceReading {
    return { epoch: this.#epoch, n: this.#n, timeMs: this.#options.wallMs() };
  }

  #numberOf(entry: MemoryEntry): number {
    return numberWithin(this.#epoch, entry.epoch, entry.n);
  }

  /** The entry of `key`, unless it is covered by a mark or past even its grace. */
  #kept(key: string): MemoryEntry | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    const isGone = entry.keptUntilMs <= this.#options.wallMs();
    if (!isGone && !this.#isCovered(key, entry)) return entry;
    this.#entries.delete(key);
    return undefined;
  }

  #live(key: string): MemoryEntry | undefined {
    const entry = this.#kept(key);
    return entry !== undefined && entry.expiresAtMs > this.#options.wallMs() ? entry : undefined;
  }

  #isCovered(key: string, entry: MemoryEntry): boolean {
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
      this.#entries.touch(key, entry);
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
    const expiresAtMs = timeMs + ttlMs;
    const { epoch } = this.#stamp();
    const copy = record.slice();
    this.#entries.put(key, {
      epoch,
      n: this.#n,
      expiresAtMs,
      keptUntilMs: expiresAtMs + staleMs,
      record: copy,
    });
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
      this.#entries.delete(key);
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
    this.#entries.put(key, { ...entry, record: record.slice() });
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
      this.#entries.delete(key);
      removed += 1;
    }
    return { cursor: id, removed };
  }

  #forget(isAll: boolean, n: number): { forgotten: number } {
    const before = this.#marks.size;
    if (isAll) this.#marks.forget(n);
    else this.#marks.forgetOnly(n);
    return { forgotten: before - this.#marks.size };
  }

  #publish(target: Target, origin: string): void {
    const { epoch, n, timeMs } = this.#stamp();
    this.#options.publish(closeMessage(openMessage(target, origin), epoch, n, timeMs));
  }
}
