// The value and header fields that every server of a comparison answers with.

export const VALUE_BYTES = 1_024;
export const KEYS = 10_000;

/** Bytes that do not compress, the same at every run; `seed` tells one value from another. */
export function noise(bytes: number, seed = 1): Uint8Array<ArrayBuffer> {
  const value = new Uint8Array(bytes);
  let state = (seed * 2_654_435_761) >>> 0 || 1;
  for (let i = 0; i < bytes; i++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    value[i] = state & 255;
  }
  return value;
}

export const VALUE = noise(VALUE_BYTES);

/** What Cachee sends with a 1 KiB value, so that all send the same bytes. */
export const FIELDS: Readonly<Record<string, string>> = {
  "Content-Type": "application/octet-stream",
  ETag: '"0123456789abcdef"',
  Vary: "Accept-Encoding",
  "Cache-Control": "private, no-cache",
  "Cache-Status": "cachee; hit; detail=l1",
  "X-Cache-Version": "01234567-89ab-cdef-0123-456789abcdef.12345",
  "X-Content-Type-Options": "nosniff",
  Expires: "Fri, 01 Jan 2100 00:00:00 GMT",
};

/** Path of key number `i`, as requests.lua spells it. */
export function pathOf(i: number): string {
  return `/cache/bench:${String(i).padStart(6, "0")}`;
}
