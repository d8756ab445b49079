// Up to where Redis keeps a collection in its small forms, which OBJECT ENCODING tells: CONFIG SET changes it. Cold.

export interface EncodingLimits {
  /** Fields of a hash that is a listpack, and bytes of each of them or of their values. */
  hashEntries: number;
  hashValueBytes: number;
  /** Members of a set that is an intset, or a listpack, and bytes of each. */
  intsetEntries: number;
  setEntries: number;
  setValueBytes: number;
}

/** Redis's own defaults. */
export function defaultEncodingLimits(): EncodingLimits {
  return { hashEntries: 512, hashValueBytes: 64, intsetEntries: 512, setEntries: 128, setValueBytes: 64 };
}
