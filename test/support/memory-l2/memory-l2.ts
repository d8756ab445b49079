// L2 in one process's memory: what a simulation takes for Redis.
//
// Each operation does in one step what Redis's script of that name does; a test compares the two. Its table bounds it.

import { TICK_STEPS } from "../../../src/base/limits.ts";
import { releasedMessage, variantsMessage } from "../../../src/coherence/message.ts";
import { holds } from "../../../src/store/condition.ts";
import { conditionOf } from "./step-condition.ts";
import { encodeEnvelope } from "./encode-envelope.ts";
import type { SequenceReading } from "../../../src/coherence/bus.ts";
import type {
  L2Failure,
  L2Marked,
  L2Operation,
  L2Operations,
  L2Outcome,
  L2Read,
  L2Scanned,
  L2Swept,
} from "../../../src/store/l2.ts";
import { Leases } from "../../../src/store/leases.ts";
import { MemorySequence, type MemorySequenceOptions } from "./memory-sequence.ts";
import { MemoryTable, slotOf, type MemoryEntry } from "./memory-table.ts";
import { tagsIn } from "../../../src/record/in-place.ts";
import { RecordView } from "../../../src/record/record.ts";
import type { Condition } from "../../../src/store/store.ts";
import { Marks } from "../../../src/store/marks/marks.ts";

export interface MemoryL2Options extends MemorySequenceOptions {
  readonly bytesMax: number;
}

/** Slots looked at for expired entries with every operation. */
const EXPIRY_STEPS = 4;

type Request<O extends L2Operation> = L2Operations[O]["request"];

type Handlers = {
  readonly [O in L2Operation]: (request: L2Operations[O]["request"]) => L2Operations[O]["reply"];
};

export class MemoryL2 {
  readonly #options: MemoryL2Options;
  #entries: MemoryTable;
  readonly #leases = new Leases();
  readonly #oldestLeaseN = (): number => this.#leases.oldestN(this.#options.wallMs());
  #marks = this.#noMarks();
  /** The slot of the table at which the search for expired entries goes on. */
  #expiryAt = 0;
  readonly #sequence: MemorySequence;
  readonly #handlers: Handlers = {
    read: (request) => this.#read(request),
    set: (request) => this.#set(request),
    remove: (request) => this.#remove(request),
    step: (request) => this.#step(request),
    variants: (request) => this.#variants(request),
    mark: (request) => this.#mark(request),
    sweep: (request) => this.#sweep(request),
    purge: (request) => ({ ...this.#sweep(request), isWhole: true }),
    forget: (request) => this.#forget(request),
    releaseLease: ({ key, token }) => this.#releaseLease(key, token),
    scan: (request) => this.#scan(request),
    count: () => ({ cursor: "0", count: this.#entries.size }),
  };

  constructor(options: MemoryL2Options) {
    this.#options = options;
    this.#entries = new MemoryTable(options.bytesMax);
    this.#sequence = new MemorySequence(options);
  }

  execute<O extends L2Operation>(
    operation: O,
    request: L2Operations[O]["request"],
  ): L2Operations[O]["reply"] {
    this.#dropExpired(EXPIRY_STEPS);
    return this.#handlers[operation](request);
  }

  /** The clock, begun if there is none. */
  tick(): SequenceReading {
    this.#sequence.begin();
    this.#dropExpired(TICK_STEPS);
    return { ...this.#sequence.read(), marks: this.#marks.unswept };
  }

  /** Another epoch, with numbers beyond any that were used: what a new run of Redis gets. */
  adopt(): void {
    this.#sequence.adopt();
  }

  /** Loses everything, the clock too. */
  clear(): void {
    this.#entries = new MemoryTable(this.#options.bytesMax);
    this.#leases.clear();
    this.#marks = this.#noMarks();
    this.#sequence.epoch = "";
    this.#sequence.n = 0;
  }

  /** A copy of all it has but leases, which the function given back puts into it again, or into another one. */
  snapshot(): (into?: MemoryL2) => void {
    const entries = this.#entries.copy();
    const { epoch, n } = this.#sequence;
    const marks = this.#marks.copy(this.#oldestLeaseN);
    return (into = this) => {
      into.#entries = entries.copy();
      into.#leases.clear();
      into.#marks = marks.copy(into.#oldestLeaseN);
      into.#sequence.epoch = epoch;
      into.#sequence.n = n;
    };
  }

  /** The record of a live entry, without a trace. */
  peek(key: string): Uint8Array | undefined {
    return this.#live(key)?.record;
  }

  /** Until the live entry of `key` expires; `Infinity` for none and for never. */
  remainingMs(key: string): number {
    return (this.#live(key)?.expiresAtMs ?? Number.POSITIVE_INFINITY) - this.#options.wallMs();
  }

  get hasClock(): boolean {
    return this.#sequence.epoch !== "";
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
    const n = this.#sequence.numberOf(entry);
    return this.#marks.covering(key, n, () => tagsIn(entry.record)) !== undefined;
  }

  #read(request: Request<"read">): L2Read {
    const nowMs = this.#options.wallMs();
    let leased: boolean | undefined;
    const values = request.keys.map((key) => {
      const entry = this.#kept(key);
      if (request.lease !== undefined && (entry === undefined || entry.expiresAtMs <= nowMs)) {
        const answer = this.#leases.take(key, request.lease, nowMs, this.#sequence.n);
        leased = answer === "full" ? undefined : answer === "granted";
      }
      if (entry === undefined) return undefined;
      this.#entries.touch(key);
      return encodeEnvelope(entry);
    });
    return { ...this.#sequence.read(), values, leased };
  }

  /** Why a write of `key` with the tags of `record` may not be done under `condition`, if it may not. */
  #failure(condition: Condition | undefined, key: string, record?: Uint8Array): L2Failure | undefined {
    if (condition === undefined) return undefined;
    if (condition.kind === "lease") {
      const n = this.#leases.nOf(key, condition.token, this.#options.wallMs());
      const tagsOf = () => (record === undefined ? [] : tagsIn(record));
      const isHeld = n !== undefined && this.#marks.covering(key, n + 1, tagsOf) === undefined;
      return isHeld ? undefined : { kind: "lease_lost" };
    }
    const entry = this.#live(key);
    if (entry === undefined) return holds(condition, undefined) ? undefined : { kind: "failed_condition" };
    const version = { epoch: this.#sequence.epoch, n: this.#sequence.numberOf(entry) };
    const present = { record: new RecordView(entry.record), version };
    return holds(condition, present) ? undefined : { kind: "failed_condition" };
  }

  #set(request: Request<"set">): L2Outcome {
    const { key, record, origin } = request;
    this.#sequence.begin();
    if (this.#options.wallMs() > request.notAfterMs) return { kind: "late" };
    const failure = this.#failure(request.condition, key, record);
    if (failure !== undefined) return failure;
    const present = this.#live(key) === undefined ? 0 : 1;
    this.#sequence.n += 1;
    this.#put(key, request);
    this.#sequence.publish({ kind: "keys", keys: [key] }, origin);
    return { kind: "done", ...this.#sequence.read(), present };
  }

  #put(key: string, { record, ttlMs, staleMs }: Pick<Request<"set">, "record" | "ttlMs" | "staleMs">): void {
    const { epoch, n } = this.#sequence.read();
    const expiresAtMs = this.#options.wallMs() + ttlMs;
    const keptUntilMs = expiresAtMs + staleMs;
    this.#entries.put(key, { epoch, n, expiresAtMs, keptUntilMs, record: record.slice() });
    this.#leases.drop(key);
  }

  #step({ parts, origin, notAfterMs }: Request<"step">): L2Outcome {
    this.#sequence.begin();
    if (this.#options.wallMs() > notAfterMs) return { kind: "late" };
    for (const { key, check } of parts) {
      const failure = this.#failure(conditionOf(check), key);
      if (failure !== undefined) return failure;
    }
    const changes = parts.filter(({ put }) => put !== undefined);
    const present = changes.filter(({ key }) => this.#live(key) !== undefined).length;
    this.#sequence.n += 1;
    for (const { key, put } of changes) {
      this.#leases.drop(key);
      if (put === "nothing") this.#entries.delete(key);
      else this.#put(key, put!);
    }
    this.#sequence.publish({ kind: "keys", keys: changes.map(({ key }) => key) }, origin);
    return { kind: "done", ...this.#sequence.read(), present };
  }

  #remove(request: Request<"remove">): L2Outcome {
    const { keys, condition, origin } = request;
    this.#sequence.begin();
    if (this.#options.wallMs() > request.notAfterMs) return { kind: "late" };
    const failure = this.#failure(condition, keys[0]!);
    if (failure !== undefined) return failure;
    let present = 0;
    for (const key of new Set(keys)) {
      if (this.#live(key) !== undefined) present += 1;
      this.#entries.delete(key);
      this.#leases.drop(key);
    }
    this.#sequence.n += 1;
    this.#sequence.publish({ kind: "keys", keys }, origin);
    return { kind: "done", ...this.#sequence.read(), present };
  }

  #variants(request: Request<"variants">): { added: boolean } {
    const { key, epoch, n, record, origin } = request;
    const entry = this.#entries.get(key);
    if (entry === undefined || entry.epoch !== epoch || entry.n !== n) return { added: false };
    this.#entries.put(key, { ...entry, record: record.slice() });
    this.#options.publish(variantsMessage(key, origin, epoch, n));
    return { added: true };
  }

  #mark({ target, origin, owner, notAfterMs }: Request<"mark">): L2Marked {
    this.#sequence.begin();
    if (this.#options.wallMs() > notAfterMs) return { kind: "late" };
    if (this.#marks.add(target, this.#sequence.n + 1, owner) === undefined) return { kind: "too_many_marks" };
    this.#sequence.n += 1;
    this.#sequence.publish(target, origin);
    return { kind: "done", ...this.#sequence.read(), present: 0 };
  }

  #sweep({ cursor }: Request<"sweep">): L2Swept {
    let removed = 0;
    const next = this.#entries.walk(slotOf(cursor), TICK_STEPS, (key, entry) => {
      if (!this.#isCovered(key, entry)) return;
      this.#entries.delete(key);
      removed += 1;
    });
    return { cursor: String(next), removed };
  }

  #forget({ epoch, n }: Request<"forget">): { forgotten: number } {
    if (epoch !== this.#sequence.epoch) return { forgotten: 0 };
    const marks = this.#marks.upTo(n);
    this.#marks.swept(marks);
    return { forgotten: marks.length };
  }

  #releaseLease(key: string, token: string): { released: boolean } {
    if (this.#leases.nOf(key, token, this.#options.wallMs()) === undefined) return { released: false };
    this.#leases.drop(key);
    this.#options.publish(releasedMessage(key));
    return { released: true };
  }

  #scan({ cursor, count, prefix }: Request<"scan">): L2Scanned {
    const keys: string[] = [];
    const nowMs = this.#options.wallMs();
    const next = this.#entries.walk(slotOf(cursor), count, (key, entry) => {
      if (key.startsWith(prefix) && entry.expiresAtMs > nowMs && !this.#isCovered(key, entry)) keys.push(key);
    });
    return { cursor: String(next), keys };
  }

  /** Looks at `count` slots for entries that are past even their grace. */
  #dropExpired(count: number): void {
    const nowMs = this.#options.wallMs();
    this.#expiryAt = this.#entries.walk(this.#expiryAt, count, (key, entry) => {
      if (entry.keptUntilMs <= nowMs) this.#entries.delete(key);
    });
  }

  #noMarks(): Marks {
    return new Marks(this.#oldestLeaseN);
  }
}
