// What the fast lane keeps beside a hot entry: its codings, and what its answers are made of. Hot.

import type { CodingIndex } from "../../record/coding.ts";
import { isSpeltAmbiguously } from "../../gate/key.ts";
import type { Preference } from "../request/accept-encoding.ts";
import { NOT_MODIFIED_PARTS_BYTES, okPartsBytes, type ResponseParts } from "./response-parts.ts";

/** Resident bytes of a Ready itself. */
const READY_BYTES = 400;

/**
 * The 200 that was asked for first is in the object itself: most entries are asked for by clients of one preference
 * only, and each object less is a cache miss less for a hit, and one less for the collector to walk.
 */
export class Ready {
  /** Whose 200 `headers` and `body` make, once there is one. */
  preference: Preference | undefined = undefined;
  headers: Headers | undefined = undefined;
  body: Blob | undefined = undefined;
  readonly bySize: readonly CodingIndex[];
  /** Mask of the codings that are there. */
  readonly available: number;
  /** The fast lane may answer: the key has one spelling only. */
  readonly direct: boolean;
  /** For how many seconds the value is fresh by its own Cache-Control, if that says: its answers have an Age. */
  readonly lifetimeSeconds: number | undefined;
  /** It is so large that whoever is sent it has to have a turn for it. */
  readonly isLarge: boolean;
  /** Resident bytes, as they count against the budget. */
  bytes = READY_BYTES;
  #first: CodingIndex | undefined = undefined;
  #ok: (ResponseParts | undefined)[] | undefined = undefined;
  #notModified: (ResponseParts | undefined)[] | undefined = undefined;

  constructor(
    key: string,
    available: number,
    bySize: readonly CodingIndex[],
    lifetimeSeconds: number | undefined,
    isLarge: boolean,
  ) {
    this.isLarge = isLarge;
    this.lifetimeSeconds = lifetimeSeconds;
    this.bySize = bySize;
    this.available = available;
    this.direct = !isSpeltAmbiguously(key);
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
    const isPlain = this.lifetimeSeconds === undefined && !this.isLarge && !("original" in parts);
    if (this.preference === undefined && isPlain) {
      this.preference = preference;
      this.headers = parts.headers;
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
