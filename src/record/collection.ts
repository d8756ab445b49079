// Records whose value is a collection of Redis's: its kind stands in the content type, and as a flag in the head.

import { COLLECTION, FLAGS_AT } from "./layout.ts";

export type CollectionKind = "hash" | "set";

const TYPES: Readonly<Record<CollectionKind, string>> = {
  hash: "application/vnd.cachee.hash",
  set: "application/vnd.cachee.set",
};

/** The content type of a collection. */
export function collectionType(kind: CollectionKind): string {
  return TYPES[kind];
}

/** The kind of collection that has this content type; `undefined`: a string. */
export function collectionKind(contentType: string): CollectionKind | undefined {
  if (contentType === TYPES.hash) return "hash";
  return contentType === TYPES.set ? "set" : undefined;
}

/** Whether the record at `start` is a collection. Hot. */
export function isCollectionIn(bytes: Uint8Array, start = 0): boolean {
  return (bytes[start + FLAGS_AT]! & COLLECTION) !== 0;
}
