// The hash of a value and the strong ETags that are made of it. Hot.

import { ETAG_SUFFIXES, type CodingIndex } from "./coding.ts";

/** A content type's bytes and its hash. */
interface MediaType {
  readonly text: string;
  readonly bytes: Uint8Array;
  readonly seed: bigint;
}

const encoder = new TextEncoder();

/** The type used last is kept: most writes of a lane have the same. */
let lastType: MediaType = { text: "", bytes: new Uint8Array(0), seed: Bun.hash.xxHash3("") };

export function mediaType(contentType: string): MediaType {
  if (lastType.text !== contentType) {
    const bytes = encoder.encode(contentType);
    lastType = { text: contentType, bytes, seed: Bun.hash.xxHash3(contentType) };
  }
  return lastType;
}

/** The hash that ETags are made of: xxHash3 with 64 bits, of the value and its content type. */
export function hashOf(body: Uint8Array, contentType: string): bigint {
  return Bun.hash.xxHash3(body, mediaType(contentType).seed);
}

/** The strong ETag of one coding's representation, quotes included. */
export function etagOf(hash: bigint, coding: CodingIndex): string {
  return `"${hash.toString(16).padStart(16, "0")}${ETAG_SUFFIXES[coding]}"`;
}
