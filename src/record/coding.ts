// The content codings a record may hold variants in, their order in memory, and their bits in a mask.

/** Identity first; each is known by its index. */
export const CODINGS = ["identity", "br", "gzip", "zstd"] as const;

/** Index into CODINGS. */
export type CodingIndex = 0 | 1 | 2 | 3;

export const IDENTITY: CodingIndex = 0;
export const CODING_INDEXES: readonly CodingIndex[] = [0, 1, 2, 3];

/** What a coding adds to the opaque part of the ETag: RFC 9110 §8.8.3.3 wants them to differ. */
export const ETAG_SUFFIXES = ["", "-br", "-gz", "-zs"] as const;
