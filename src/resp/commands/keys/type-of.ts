// What Redis calls the type of an entry's value.

import { collectionKind, isCollectionIn } from "../../../record/collection.ts";
import { typeIn } from "../../../record/in-place.ts";

/** `string`, `hash` or `set`. */
export function typeOf(record: Uint8Array): string {
  const kind = isCollectionIn(record) ? collectionKind(typeIn(record)) : undefined;
  return kind ?? "string";
}
