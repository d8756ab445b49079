// Which keys of an instance are read most and which are largest, as operators are told. Plain data.

/** What is known of an entry beside its value. */
export interface EntryMeta {
  readonly key: string;
  readonly contentType: string;
  readonly cacheControl: string | null;
  readonly etag: string;
  readonly tags: readonly string[];
  /** Bytes of the value, and of each stored variant. */
  readonly bytes: number;
  readonly variants: Readonly<Record<string, number>>;
  /** Seconds that are left; none: it does not expire. */
  readonly ttl: number | null;
}

export interface RankingQuery {
  readonly kind: "hot" | "big";
  /** Of the keys; empty: all. */
  readonly prefix: string;
  /** How many at the most. */
  readonly count: number;
}

export interface Ranking {
  /** The hottest or the largest first. */
  readonly entries: readonly EntryMeta[];
  /** Whether all entries of L1 were looked at. */
  readonly complete: boolean;
}
