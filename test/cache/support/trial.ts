// A trial of an engine against a plain Map: every operation, checked against the model, with `verify` after each.
import { createKeyRow } from "../../../src/cache/key-row.ts";
import type { Engine, Entry } from "../../../src/cache/engine.ts";

export type Step =
  | { readonly kind: "set" | "put"; readonly key: string; readonly bytes: number; readonly ttlMs: number }
  | {
      readonly kind: "get" | "peek" | "delete" | "keep" | "rewrite" | "prefetch" | "seek";
      readonly key: string;
    }
  | { readonly kind: "clock"; readonly byMs: number }
  | { readonly kind: "tick"; readonly steps: number }
  | { readonly kind: "revalidate"; readonly every: number }
  | { readonly kind: "clear" | "walk" | "randomKey" | "hottest" };

interface Known {
  readonly version: number;
  readonly bytes: number;
  readonly expiresAtMs: number;
}

export interface Memo {
  readonly version: number;
}

/** Two turns of the finest wheel. */
const DUE_MS = 32;

/** Content that says which write made it. */
export function recordOf(version: number, bytes: number): Uint8Array {
  const record = new Uint8Array(bytes);
  for (let i = 0; i < bytes; i += 61) record[i] = version + i;
  if (bytes > 0) record[bytes - 1] = version;
  return record;
}

/**
 * What the engine may forget for want of room, the model still knows; so an absent entry is right if some entry was
 * evicted for capacity. What is present must be right, and entries in and out must balance.
 */
export class Trial {
  /** The engine of the next step: one of several over one memory, if there are several. */
  engine: Engine<Memo>;
  readonly #engines: readonly Engine<Memo>[];
  readonly #model = new Map<string, Known>();
  /** Where keys to be sought lie: what was prefetched of one may be taken for another. */
  readonly #source = Buffer.alloc(64);
  readonly #row = createKeyRow();
  #nowMs = 1_000;
  /** The highest time so far: what was due by then may be gone, even if the clock went back. */
  #highestMs = 0;
  /** The latest time at which the engine was ticked or given an entry: its wheel is there. */
  #latestMs = 0;
  #version = 0;
  /** Versions that a multiple of this are invalid; 0: none. */
  #invalidEvery = 0;
  #added = 0;
  #removed = 0;

  constructor(...creates: readonly ((isValid: (entry: Entry<Memo>) => boolean) => Engine<Memo>)[]) {
    this.#engines = creates.map((create) => create((entry) => this.#isValid(entry.version)));
    this.engine = this.#engines[0]!;
  }

  /** Runs `step` by the engine with the number `by`. */
  run(step: Step, by = 0): void {
    this.engine = this.#engines[by]!;
    this.#apply(step);
    this.engine.verify();
    const { evictions, entries } = this.engine.stats();
    const left = this.#removed + evictions.capacity + evictions.expired + evictions.invalidated;
    if (this.#added - left !== entries)
      throw new Error(`${this.#added} came, ${left} left, ${entries} are here`);
  }

  #apply(step: Step): void {
    const { engine } = this;
    switch (step.kind) {
      case "set":
        return this.#set(step.key, recordOf(this.#version + 1, step.bytes), step.ttlMs);
      case "put":
        return this.#put(step.key, step.bytes, step.ttlMs);
      case "get":
      case "peek":
        return this.#check(step.key, engine[step.kind](step.key, this.#nowMs));
      case "prefetch":
        this.#row.count = 1;
        this.#row.ends[0] = this.#source.write(step.key);
        return engine.prefetch(this.#source, this.#row);
      case "seek":
        return this.#seek(step.key);
      case "rewrite":
        return this.#rewrite(step.key);
      case "keep":
        return this.#keep(step.key);
      case "delete":
        return this.#delete(step.key);
      case "clock":
        this.#nowMs = Math.max(0, this.#nowMs + step.byMs);
        this.#highestMs = Math.max(this.#highestMs, this.#nowMs);
        return;
      case "tick":
        if (engine.tick(this.#nowMs, step.steps) < step.steps) this.#expectNoneDue();
        this.#latestMs = Math.max(this.#latestMs, this.#nowMs);
        return;
      case "revalidate":
        this.#invalidEvery = step.every;
        engine.revalidate();
        return;
      case "clear":
        engine.clear();
        this.#removed = 0;
        this.#model.clear();
        this.#added = this.#evicted();
        return;
      case "walk":
        return this.#walk();
      case "randomKey":
        return this.#expectKnown(engine.randomKey(this.#nowMs));
      case "hottest":
        for (const key of engine.hottest(5, this.#nowMs)) this.#expectKnown(key);
    }
  }

  /** As `#set`, the record written where the engine says; where it does not, it is set. */
  #put(key: string, bytes: number, ttlMs: number): void {
    const { engine } = this;
    const record = recordOf(this.#version + 1, bytes);
    const end = this.#source.write(key);
    this.#set(key, record, ttlMs, (version, expiresAtMs) => {
      const request = {
        source: this.#source,
        keyStart: 0,
        keyEnd: end,
        recordBytes: bytes,
        nextVersion: () => version,
        version: 0,
        expiresAtMs,
      };
      const span = engine.put(request, this.#nowMs);
      if (span === undefined) return engine.set(key, record, version, expiresAtMs, this.#nowMs);
      if (span.end - span.start !== bytes) throw new Error("a span of another size");
      span.bytes.set(record, span.start);
      engine.commit();
      return true;
    });
  }

  #set(
    key: string,
    record: Uint8Array,
    ttlMs: number,
    store = (version: number, expiresAtMs: number): boolean =>
      this.engine.set(key, record, version, expiresAtMs, this.#nowMs),
  ): void {
    const { engine } = this;
    const entries = engine.stats().entries;
    const evicted = this.#evicted();
    const version = ++this.#version;
    const expiresAtMs = this.#nowMs + ttlMs;
    this.#latestMs = Math.max(this.#latestMs, this.#nowMs);
    if (!store(version, expiresAtMs)) {
      if (record.byteLength + key.length * 2 <= engine.recordBytesMax)
        throw new Error("a fitting record is refused");
      return;
    }
    if (engine.stats().entries + this.#evicted() - evicted > entries) this.#added++;
    this.#model.set(key, { version, bytes: record.byteLength, expiresAtMs });
    const isValid = this.#invalidEvery === 0 || version % this.#invalidEvery !== 0;
    const entry = engine.peek(key, this.#nowMs);
    if (ttlMs > 0 && entry?.version !== version && isValid)
      throw new Error(`${key} is absent right after its set`);
    if (entry !== undefined) this.#check(key, entry);
  }

  /** Writes an entry's own record again, which is a view of the engine's memory. */
  #rewrite(key: string): void {
    const entry = this.engine.peek(key, this.#nowMs);
    const known = this.#model.get(key);
    if (entry === undefined || known === undefined) return;
    const before = entry.record.slice();
    const { version, expiresAtMs } = entry;
    this.engine.set(key, entry.record, version, expiresAtMs, this.#nowMs);
    const after = this.engine.peek(key, this.#nowMs);
    if (after === undefined || Buffer.compare(after.record, before) !== 0) throw new Error(`${key} changed`);
  }

  #keep(key: string): void {
    const entry = this.engine.get(key, this.#nowMs);
    if (entry === undefined) return;
    const memo = { version: entry.version };
    if (this.engine.keep(entry, memo, 700) && this.engine.get(key, this.#nowMs)?.memo !== memo) {
      throw new Error(`the memo of ${key} is lost at once`);
    }
  }

  #seek(key: string): void {
    const { engine } = this;
    const span = engine.seek(this.#source, 0, this.#source.write(key), this.#nowMs);
    const found = span === undefined ? undefined : span.bytes.slice(span.start, span.end);
    const entry = engine.peek(key, this.#nowMs);
    // eslint-disable-next-line no-control-regex
    const isAscii = /^[\x00-\x7f]*$/.test(key);
    if (!isAscii && found !== undefined) throw new Error(`${key} is found by bytes that are not ASCII`);
    if (isAscii && (found === undefined) !== (entry === undefined))
      throw new Error(`${key} is not found alike`);
    if (found !== undefined && Buffer.compare(found, entry!.record) !== 0)
      throw new Error(`${key} has another record`);
  }

  #delete(key: string): void {
    const { engine } = this;
    const { entries } = engine.stats();
    const evicted = this.#evicted();
    const known = this.#model.get(key);
    const isDeleted = engine.delete(key, this.#nowMs);
    const gone = entries - engine.stats().entries - (this.#evicted() - evicted);
    this.#removed += gone;
    if (isDeleted !== (gone === 1)) throw new Error(`delete says ${isDeleted}, ${gone} went`);
    if (isDeleted && (known === undefined || known.expiresAtMs <= this.#nowMs))
      throw new Error("deleted a ghost");
    if (engine.peek(key, this.#nowMs) !== undefined) throw new Error(`${key} is there after its delete`);
    this.#model.delete(key);
  }

  #check(key: string, entry: Entry<Memo> | undefined): void {
    const known = this.#model.get(key);
    const isDue = known === undefined || known.expiresAtMs <= this.#nowMs;
    if (entry === undefined) {
      const mayBeGone = known !== undefined && known.expiresAtMs <= this.#highestMs;
      if (!isDue && !mayBeGone && this.#invalidEvery === 0 && this.#evictedForOthers() === 0)
        throw new Error(`${key} is lost`);
      return;
    }
    if (isDue) throw new Error(`${key} is served after its time`);
    if (entry.key !== key || entry.version !== known.version || entry.expiresAtMs !== known.expiresAtMs) {
      throw new Error(`${key} has version ${entry.version}, not ${known.version}`);
    }
    if (Buffer.compare(entry.record, recordOf(known.version, known.bytes)) !== 0)
      throw new Error(`${key} is wrong`);
    if (entry.memo !== undefined && entry.memo.version !== entry.version)
      throw new Error(`${key} has an old memo`);
  }

  #walk(): void {
    const seen = new Set<string>();
    let cursor = 0;
    do {
      cursor = this.engine.scan(cursor, 7, this.#nowMs, (entry) => {
        this.#check(entry.key, entry);
        seen.add(entry.key);
      });
    } while (cursor !== 0);
    for (const key of this.#model.keys()) {
      if (this.engine.peek(key, this.#nowMs) !== undefined && !seen.has(key))
        throw new Error(`${key} was passed over`);
    }
  }

  #expectKnown(key: string | undefined): void {
    if (key === undefined) return;
    if (!this.#model.has(key)) throw new Error(`${key} is made up`);
    if (this.engine.peek(key, this.#nowMs) === undefined) throw new Error(`${key} is named but absent`);
  }

  /** After a finished tick, nothing that was due a while ago is resident, unless the clock is yet behind. */
  #expectNoneDue(): void {
    if (this.#nowMs < this.#latestMs + DUE_MS) return;
    const before = this.engine.stats().evictions.expired;
    for (const [key, known] of this.#model) {
      if (known.expiresAtMs + DUE_MS < this.#nowMs) this.engine.peek(key, this.#nowMs);
    }
    const late = this.engine.stats().evictions.expired - before;
    if (late > 0) throw new Error(`${late} expired entries were still there after a whole tick`);
  }

  #isValid(version: number): boolean {
    return this.#invalidEvery === 0 || version % this.#invalidEvery !== 0;
  }

  #evicted(): number {
    const { capacity, expired, invalidated } = this.engine.stats().evictions;
    return capacity + expired + invalidated;
  }

  #evictedForOthers(): number {
    const { capacity, invalidated } = this.engine.stats().evictions;
    return capacity + invalidated;
  }
}
