// Makes what the fast lane answers with where nothing is ready yet, and keeps it beside entries that are hot. Hot.

import { LARGE_ANSWER_BYTE_NS, LARGE_ANSWER_BYTES_MIN } from "../../base/limits.ts";
import type { Engine, Entry } from "../../cache/engine.ts";
import type { CodingIndex } from "../../record/coding.ts";
import { hasCacheControl, hasTags, maskIn } from "../../record/in-place.ts";
import { RecordView } from "../../record/record.ts";
import { formatVersion } from "../../record/version.ts";
import type { Store } from "../../store/store.ts";
import { isSpeltAmbiguously } from "../../gate/key.ts";
import type { Preference } from "../request/accept-encoding.ts";
import { codingsBySizeIn } from "../reply/stored-codings.ts";
import { lifetimeSecondsOf } from "../reply/age.ts";
import { L1_HIT, tagFieldOf, type FixedFields } from "../reply/fields.ts";
import { OneOff, variantIn } from "./one-off.ts";
import { Ready } from "./ready.ts";
import {
  NOT_MODIFIED_PARTS_BYTES,
  notModifiedParts,
  okParts,
  okPartsBytes,
  responseOf,
} from "./response-parts.ts";

export class Answers {
  readonly #store: Store<Ready>;
  readonly #engine: Engine<Ready>;
  readonly #oneOff: OneOff;
  readonly #fixed: FixedFields;
  readonly #readOften: (entry: Entry<Ready>) => void;

  /** `fixed`: fields that every answer has besides, or instead. `readOften` is told of entries that have become hot. */
  constructor(store: Store<Ready>, fixed: FixedFields, readOften: (entry: Entry<Ready>) => void) {
    this.#readOften = readOften;
    this.#fixed = fixed;
    this.#oneOff = new OneOff(fixed);
    this.#store = store;
    this.#engine = store.engine;
  }

  /**
   * The 200 for an entry that is not hot, of which nothing is kept; nothing where the cold lane has to answer. `showsTags`:
   * the client may see them.
   */
  once(entry: Entry<Ready>, preference: Preference, nowMs: number, showsTags: boolean): Response | undefined {
    if (isSpeltAmbiguously(entry.key)) return undefined;
    const span = this.#engine.spanOf(entry);
    // A large copy is charged by the cold lane for as long as its reader takes it.
    if (span.end - span.start >= LARGE_ANSWER_BYTES_MIN) return undefined;
    const remainingMs = entry.expiresAtMs - nowMs;
    const response = this.#oneOff.reply(span, this.#versionOf(entry), preference, remainingMs);
    if (showsTags && response !== undefined && hasTags(span.bytes, span.start)) {
      response.headers.set("Cache-Tag", tagFieldOf(new RecordView(entry.record))!);
    }
    return response;
  }

  /** What is kept beside a hot entry, still without an answer. */
  ready(entry: Entry<Ready>): Ready {
    this.#readOften(entry);
    const { bytes, start, end } = this.#engine.spanOf(entry);
    const isLarge = end - start >= LARGE_ANSWER_BYTES_MIN;
    const lifetimeSeconds = hasCacheControl(bytes, start)
      ? lifetimeSecondsOf(new RecordView(entry.record).cacheControl)
      : undefined;
    return new Ready(entry.key, {
      available: maskIn(bytes, start),
      bySize: codingsBySizeIn(bytes, start),
      lifetimeSeconds,
      tagField: hasTags(bytes, start) ? tagFieldOf(new RecordView(entry.record)) : undefined,
      isLarge,
    });
  }

  /** For how long a 200 of a large entry holds the event loop, about. */
  sendNs(entry: Entry<Ready>, coding: CodingIndex): number {
    return variantIn(this.#engine.spanOf(entry), coding).length * LARGE_ANSWER_BYTE_NS;
  }

  /**
   * A 200 in `coding`; what it is made of is kept in `ready` if the engine deems the entry hot. Nothing for a large one
   * that it does not.
   */
  ok(entry: Entry<Ready>, ready: Ready, coding: CodingIndex, preference: Preference): Response | undefined {
    const span = this.#engine.spanOf(entry);
    const body = variantIn(span, coding);
    const bytes = body.length;
    const parts = okParts(this.#oneOff.headers(span, this.#versionOf(entry), coding), body);
    if (this.#engine.keep(entry, ready, ready.bytes + okPartsBytes(bytes))) {
      ready.addOk(coding, parts, preference, bytes);
    } else if (bytes >= LARGE_ANSWER_BYTES_MIN) return undefined;
    return responseOf(parts);
  }

  /** A 304 for the variant in `coding`, kept likewise. */
  notModified(entry: Entry<Ready>, ready: Ready, coding: CodingIndex): Response {
    const parts = notModifiedParts(new RecordView(entry.record), this.#versionOf(entry), L1_HIT, coding);
    for (const [name, value] of this.#fixed) parts.original.headers.set(name, value);
    if (this.#engine.keep(entry, ready, ready.bytes + NOT_MODIFIED_PARTS_BYTES)) {
      ready.addNotModified(coding, parts);
    }
    return responseOf(parts);
  }

  #versionOf(entry: Entry<Ready>): string {
    return formatVersion(this.#store.versionOf(entry));
  }
}
