// What the fast lane keeps beside a hot entry: its codings, and what its answers are made of. Hot.

import type { CodingIndex } from "../../record/coding.ts";
import { isSpeltAmbiguously } from "../../gate/key.ts";
import type { Preference } from "../request/accept-encoding.ts";
import { ageHoldsMs, setAge } from "../reply/age.ts";
import { L1_HIT } from "../reply/fields.ts";
import { NOT_MODIFIED_PARTS_BYTES, okPartsBytes, type ResponseParts } from "./response-parts.ts";

/** Resident bytes of a Ready itself. */
const READY_BYTES = 400;

/** Resident bytes of the Headers of one answer, about. */
const HEADERS_BYTES = 1_000;

/** What is known of an entry as long as it is the same. */
export interface ReadyFacts {
  readonly available: number;
  readonly bySize: readonly CodingIndex[];
  readonly lifetimeSeconds: number | undefined;
  readonly tagField: string | undefined;
  readonly isLarge: boolean;
}

/**
 * The 200 that was asked for first is in the object itself: most entries are asked for by clients of one preference
 * only, and each object less is a cache miss less for a hit, and one less for the collector to walk.
 */
export class Ready {
  /** Whose 200 `headers` and `body` make, once there is one. */
  preference: Preference | undefined = undefined;
  headers: Headers | undefined = undefined;
  /** The same with Cache-Tag, for keys that may see it; `headers` themselves where the entry has no tags. */
  headersWithTags: Headers | undefined = undefined;
  body: Blob | undefined = undefined;
  readonly bySize: readonly CodingIndex[];
  /** Mask of the codings that are there. */
  readonly available: number;
  /** The fast lane may answer: the key has one spelling only. */
  readonly direct: boolean;
  /** For how many seconds the value is fresh by its own Cache-Control, if that says: its answers have an Age. */
  readonly lifetimeSeconds: number | undefined;
  /** Cache-Tag, which only keys with the scope admin are told; nothing where the entry has no tags. */
  readonly tagField: string | undefined;
  /** Until then, in ms, what `headers` say of the value's age holds. */
  agedUntilMs = Number.POSITIVE_INFINITY;
  /** It is so large that whoever is sent it has to have a turn for it. */
  readonly isLarge: boolean;
  /** Resident bytes, as they count against the budget. */
  bytes = READY_BYTES;
  #first: CodingIndex | undefined = undefined;
  #ok: (ResponseParts | undefined)[] | undefined = undefined;
  #notModified: (ResponseParts | undefined)[] | undefined = undefined;

  constructor(key: string, { available, bySize, lifetimeSeconds, tagField, isLarge }: ReadyFacts) {
    this.isLarge = isLarge;
    this.lifetimeSeconds = lifetimeSeconds;
    this.tagField = tagField;
    this.bySize = bySize;
    this.available = available;
    this.direct = !isSpeltAmbiguously(key);
    if (tagField !== undefined) this.bytes += HEADERS_BYTES + 2 * tagField.length;
  }

  /** Has the fields say how old the value is, which expires `remainingMs` from `nowMs`. */
  renewAge(remainingMs: number, nowMs: number): void {
    const lifetimeSeconds = this.lifetimeSeconds!;
    setAge(this.headers!, L1_HIT, lifetimeSeconds, remainingMs);
    if (this.tagField !== undefined) setAge(this.headersWithTags!, L1_HIT, lifetimeSeconds, remainingMs);
    this.agedUntilMs = nowMs + ageHoldsMs(lifetimeSeconds, remainingMs);
  }

  /** What a 200 in `coding` is made of, if that is kept. */
  ok(coding: CodingIndex): ResponseParts | undefined {
    if (coding === this.#first) return { headers: this.headers!, body: this.body! };
    return this.#ok?.[coding];
  }

  /** What a 304 in `coding` is made of, if that is kept. */
  notModified(coding: CodingIndex): ResponseParts | undefined {
    return this.#notModified?.[coding];
  }

  /** Keeps `parts` for 200s in `coding`; the first that are small for clients of `preference` without further choice. */
  addOk(coding: CodingIndex, parts: ResponseParts, preference: Preference, bodyBytes: number): void {
    this.bytes += okPartsBytes(bodyBytes);
    const isPlain = !this.isLarge && !("original" in parts);
    if (this.preference === undefined && isPlain) {
      if (this.lifetimeSeconds !== undefined) this.agedUntilMs = 0;
      this.preference = preference;
      this.headers = parts.headers;
      this.headersWithTags = parts.headers;
      if (this.tagField !== undefined) {
        this.headersWithTags = new Headers(parts.headers);
        this.headersWithTags.set("Cache-Tag", this.tagField);
      }
      this.body = parts.body;
      this.#first = coding;
    } else {
      this.#ok ??= [undefined, undefined, undefined, undefined];
      this.#ok[coding] = parts;
    }
  }

  addNotModified(coding: CodingIndex, parts: ResponseParts): void {
    this.#notModified ??= [undefined, undefined, undefined, undefined];
    this.#notModified[coding] = parts;
    this.bytes += NOT_MODIFIED_PARTS_BYTES;
  }
}
