// What a simulated key holds, as one text: a value, or the items of a hash or set in order.

import { HASH, SET, decodeRecord } from "../../src/resp/commands/collections/access.ts";
import type { RecordView } from "../../src/record/record.ts";

export const HASH_KEY = "h/1";
export const SET_KEY = "s/1";
export const COLLECTIONS = [HASH_KEY, SET_KEY];

/** No field of a hash expires here, whatever the time. */
const ANY_TIME_MS = 0;

export function contentOf(record: RecordView): string {
  const fields = decodeRecord(HASH, record, ANY_TIME_MS);
  if (fields !== undefined) return textOf([...fields].map(([name, value]) => `${name}=${decoded(value)}`));
  const members = decodeRecord(SET, record, ANY_TIME_MS);
  return members === undefined ? decoded(record.body) : textOf([...members]);
}

/** `items`: members, or fields as `NAME=VALUE`. */
export function textOf(items: readonly string[]): string {
  return items.toSorted().join(",");
}

export function itemsOf(text: string | undefined): readonly string[] {
  return text === undefined ? [] : text.split(",");
}

/** The names of fields, and the members, that differ between two states of a collection. */
export function differing(one: string | undefined, other: string | undefined): readonly string[] {
  const [before, after] = [new Set(itemsOf(one)), new Set(itemsOf(other))];
  const items = [...before.symmetricDifference(after)];
  return [...new Set(items.map((item) => item.split("=")[0]!))];
}

function decoded(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
