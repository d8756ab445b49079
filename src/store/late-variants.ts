// Compressed variants for values that were written without any, as RESP's are, once HTTP reads them often. Cold.
//
// They are made in the background and put into L1 alone, beside the same version: a write never pays for them, and L2
// keeps what was written.

import { release } from "../base/bytes/release.ts";
import type { Clock } from "../base/clock.ts";
import { LATE_VARIANTS_TRIED_MAX } from "../base/limits.ts";
import type { Engine, Entry } from "../cache/engine.ts";
import { IDENTITY } from "../record/coding.ts";
import { isCollectionIn } from "../record/collection.ts";
import { isCompressible, type Compressor } from "../record/compressor.ts";
import { hashOf } from "../record/etag.ts";
import { maskIn } from "../record/in-place.ts";
import { encodeRecord, RecordView } from "../record/record.ts";

/** So much of a value is compressed to see whether it is worth while. */
const PROBE_BYTES = 4_096;

export class LateVariants {
  readonly #engine: Engine<unknown>;
  readonly #compressor: Compressor;
  readonly #clock: Clock;
  /** Keys of which the version was tried or is being tried: one that does not get smaller is not tried again. */
  readonly #tried = new Map<string, number>();

  constructor(engine: Engine<unknown>, compressor: Compressor, clock: Clock) {
    this.#engine = engine;
    this.#compressor = compressor;
    this.#clock = clock;
  }

  /** `entry`, which came from the engine just now, is read often: has its variants made, after this turn, if it has none. */
  consider({ key, record, version }: Entry<unknown>): void {
    if (maskIn(record) !== 1 << IDENTITY || isCollectionIn(record)) return;
    if (this.#tried.get(key) === version) return;
    if (this.#tried.size >= LATE_VARIANTS_TRIED_MAX) this.#tried.clear();
    this.#tried.set(key, version);
    setImmediate(() => this.#make(key, version));
  }

  /** Makes the variants of the entry with `version`, if that is still there. */
  #make(key: string, version: number): void {
    const present = this.#engine.peek(key, this.#clock.nowMs());
    if (present?.version !== version) return;
    const { expiresAtMs } = present;
    const { contentType, cacheControl, tags, expiresAtWallMs, body: view } = new RecordView(present.record);
    if (!isCompressible(contentType, view.length) || !getsSmaller(view)) return;
    const body = view.slice();
    const hash = hashOf(body, contentType);
    const isTaken = this.#compressor.enqueue(body, (variants) => {
      const parts = { contentType, cacheControl, tags, expiresAtWallMs, n: version, hash, variants };
      const whole = encodeRecord(parts);
      // Another worker may have its shard at the moment, or write it next.
      if (this.#engine.hold(key)) {
        try {
          this.#replace(key, body, whole, version, expiresAtMs);
        } finally {
          this.#engine.letGo();
        }
      }
      for (const bytes of [whole, ...variants]) if (bytes !== undefined) release(bytes);
    });
    if (!isTaken) this.#tried.delete(key);
  }

  /** Puts `whole` in the place of the entry with `version`, if that is there and has no variants. */
  #replace(key: string, body: Uint8Array, whole: Uint8Array, version: number, expiresAtMs: number): void {
    const nowMs = this.#clock.nowMs();
    const present = this.#engine.peek(key, nowMs);
    if (present?.version !== version || maskIn(present.record) !== 1 << IDENTITY) return;
    if (!isSame(present.record, body)) return;
    this.#engine.set(key, whole, version, expiresAtMs, nowMs);
  }
}

/** By its beginning; writers over HTTP have tried all codings, and found none where there is none. */
function getsSmaller(body: Uint8Array): boolean {
  const probe = body.slice(0, PROBE_BYTES);
  return Bun.zstdCompressSync(probe, { level: 1 }).length < probe.length;
}

/** Versions of two epochs may have one number. */
function isSame(record: Uint8Array, body: Uint8Array): boolean {
  const { body: present } = new RecordView(record);
  return Buffer.compare(present, body) === 0;
}
