// Where each part of an entry lies, little-endian: the one file that knows the offsets, for TypeScript and Lua alike.
//
// A record is the same in L1's slabs and in Redis: the head below, then the content type, the Cache-Control, the tags
// (one byte of length before each), and the variants in the order of CODINGS. An envelope is what L2 stores under a
// key: a head that its scripts read and write, then the record.

/** u8: the record's format. */
export const FORMAT_AT = 0;
export const FORMAT = 1;
/** u8: bit `coding` is set where the record has that variant. */
export const MASK_AT = 1;
/** u8: how many tags. */
export const TAGS_AT = 2;
/** u8: flags. */
export const FLAGS_AT = 3;
/** A flag: the hash is not filled in; its reader computes it. */
export const HASHLESS = 1;
/** A flag: the value is a collection of Redis's, as its content type says. */
export const COLLECTION = 2;
/** u16: bytes of the content type. */
export const TYPE_BYTES_AT = 4;
/** u16: bytes of the Cache-Control. */
export const CACHE_CONTROL_BYTES_AT = 6;
/** Stands for no Cache-Control at all. */
export const NO_CACHE_CONTROL = 65_535;
/** f64: wall-clock ms at which the record expires, Infinity for never. */
export const EXPIRY_AT = 8;
/** f64: sequence number of the write. */
export const N_AT = 16;
/** u64: the hash that ETags are made of. */
export const HASH_AT = 24;
export const HASH_BYTES = 8;
/** u32 for each coding: bytes of its variant, 0 where there is none. */
export const VARIANT_BYTES_AT = 32;
/** Bytes before the content type. */
export const HEADER_BYTES = 48;

/** Characters of an epoch, all of them ASCII; of its birth, which the numbers of two epochs need in common. */
export const EPOCH_CHARS = 36;
export const BIRTH_CHARS = 23;

/** u8: the envelope's format. */
export const ENVELOPE_FORMAT_AT = 0;
export const ENVELOPE_FORMAT = 1;
/** The epoch, EPOCH_CHARS bytes. */
export const ENVELOPE_EPOCH_AT = 1;
/** f64: sequence number of the write within the epoch. */
export const ENVELOPE_N_AT = 37;
/** f64: L2's wall-clock ms at which the entry expires, Infinity for never. */
export const ENVELOPE_EXPIRY_AT = 45;
/** Bytes before the record. */
export const ENVELOPE_HEAD_BYTES = 53;
