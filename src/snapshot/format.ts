// How entries lie in a snapshot file: a head of fixed size, then frames, each with a checksum of its own. Cold.
//
// Head: the magic, u16 format, u8 flags, and zeroes up to HEAD_BYTES. Frame: u32 bytes of the payload, u32 CRC-32 of it, the
// payload: u8 kind, and by kind
//   ORIGIN   JSON with the epoch and the moment at which the file was begun; the first frame
//   ENTRY    u16 bytes of the key, the key in UTF-8, the record (see record/layout.ts)
//   CURSOR   text: where the walk that wrote the entries so far goes on
//   END      JSON with the number of entries and of the last write; the last frame, without which a file is not whole
// All numbers are little-endian.

export const MAGIC = "CACHEESN";
/** The format that is written; all from 1 on are read. */
export const SNAPSHOT_FORMAT = 1;
export const FORMAT_AT = 8;
export const FLAGS_AT = 10;
/** A flag: written when the store was closed, and not read since. Its versions go on where they were. */
export const FINAL = 1;
export const HEAD_BYTES = 16;
export const FRAME_HEAD_BYTES = 8;

export const ORIGIN = 1;
export const ENTRY = 2;
export const CURSOR = 3;
export const END = 4;

/** Bytes of an ENTRY before its key. */
export const ENTRY_HEAD_BYTES = 3;

/** What was written when the file was begun. */
export interface Origin {
  readonly epoch: string;
  /** Milliseconds since 1970. */
  readonly wallMs: number;
}

export interface End {
  readonly entries: number;
  /** The number of the last write. */
  readonly n: number;
}

/** The file is no snapshot, is cut short or damaged, or is of a format that is not known; the message says which. */
export class BrokenSnapshot extends Error {
  override readonly name = "BrokenSnapshot";
}
