// Reads Accept-Encoding (RFC 9110 §12.5.3) into the order in which this client wants the codings.

import { ACCEPT_ENCODING_CHARS_MAX, ACCEPT_ENCODING_MEMO_MAX } from "../../base/limits.ts";
import { CODINGS, CODING_INDEXES, IDENTITY, type CodingIndex } from "../../record/coding.ts";

/** Masks of codings (bit = CodingIndex) that the client accepts, most wanted first; those of equal q share a mask. */
export type Preference = readonly number[];

const IDENTITY_ONLY: Preference = [1 << IDENTITY];
const QVALUE = /^(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/;
/** An identity that the field does not name stays acceptable, after all that it does. */
const UNNAMED_IDENTITY_Q = 0.0001;

/** Reads the field; without one the identity is served, though any coding would be allowed. */
function parsePreference(field: string | null): Preference {
  if (field === null) return IDENTITY_ONLY;
  const named = new Map<string, number>();
  for (const member of field.split(",")) {
    const [name = "", ...parameters] = member.split(";").map((part) => part.trim().toLowerCase());
    const q = qOf(parameters);
    if (name === "" || q === undefined) continue;
    named.set(name === "x-gzip" ? "gzip" : name, q);
  }
  const masks = new Map<number, number>();
  for (const coding of CODING_INDEXES) {
    const q = named.get(CODINGS[coding]) ?? named.get("*") ?? (coding === IDENTITY ? UNNAMED_IDENTITY_Q : 0);
    if (q > 0) masks.set(q, (masks.get(q) ?? 0) | (1 << coding));
  }
  return [...masks].sort(([a], [b]) => b - a).map(([, mask]) => mask);
}

/** The weight among a member's parameters: 1 if none, nothing when it is malformed. */
function qOf(parameters: readonly string[]): number | undefined {
  const weight = parameters.find((parameter) => parameter.startsWith("q="));
  if (weight === undefined) return 1;
  const value = weight.slice(2).trim();
  return QVALUE.test(value) ? Number(value) : undefined;
}

/** Remembers the reading of the texts that clients send, bounded; equal readings are one object. Hot. */
export class Preferences {
  /** Every reading so far, by its masks. There are a few hundred at the most: 4 codings in any order, some equal. */
  readonly #readings = new Map<string, Preference>([[IDENTITY_ONLY.join(), IDENTITY_ONLY]]);
  #lastField: string | null = null;
  #last: Preference = IDENTITY_ONLY;
  #memo = new Map<string, Preference>();

  of(field: string | null): Preference {
    if (field === this.#lastField) return this.#last;
    const preference = this.#look(field);
    this.#lastField = field;
    this.#last = preference;
    return preference;
  }

  #look(field: string | null): Preference {
    if (field === null) return IDENTITY_ONLY;
    const known = this.#memo.get(field);
    if (known !== undefined) return known;
    const preference = this.#only(parsePreference(field));
    if (field.length > ACCEPT_ENCODING_CHARS_MAX) return preference;
    if (this.#memo.size >= ACCEPT_ENCODING_MEMO_MAX) this.#memo.clear();
    this.#memo.set(field, preference);
    return preference;
  }

  #only(preference: Preference): Preference {
    const masks = preference.join();
    const known = this.#readings.get(masks);
    if (known !== undefined) return known;
    this.#readings.set(masks, preference);
    return preference;
  }
}

/**
 * The coding to serve: of the available ones in the most wanted mask, the smallest.
 * `available` is a mask, `bySize` its codings from small to large. -1: nothing is acceptable.
 */
export function chooseCoding(
  preference: Preference,
  available: number,
  bySize: readonly CodingIndex[],
): CodingIndex | -1 {
  for (let i = 0; i < preference.length; i++) {
    const wanted = preference[i]! & available;
    if (wanted === 0) continue;
    for (let j = 0; j < bySize.length; j++) {
      const coding = bySize[j]!;
      if ((wanted & (1 << coding)) !== 0) return coding;
    }
  }
  return -1;
}

const GZIP: CodingIndex = 2;
const GZIP_FIRST: readonly CodingIndex[] = [GZIP, IDENTITY];

/** Whether a text that is made for this one answer is wanted in gzip. */
export function acceptsGzip(preferences: Preferences, headers: Headers): boolean {
  const preference = preferences.of(headers.get("accept-encoding"));
  return chooseCoding(preference, (1 << IDENTITY) | (1 << GZIP), GZIP_FIRST) === GZIP;
}
