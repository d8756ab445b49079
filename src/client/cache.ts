// What an application holds of a Cachee: the operations that each way to it (fetch, WebSocket) offers. No code here.

export interface RequestOptions {
  readonly signal?: AbortSignal;
}

export interface SetOptions extends RequestOptions {
  /** Seconds, fractions allowed; none: the server's default. */
  readonly ttl?: number;
  readonly tags?: readonly string[];
  /** Seconds for which an expired value may still be given out while another is made. */
  readonly staleWhileRevalidate?: number;
  /** The media type, instead of the one that the value's kind has. */
  readonly contentType?: string;
  /** Only where there is no entry of the key. */
  readonly ifAbsent?: boolean;
  /** Only where the entry has this ETag. */
  readonly ifMatch?: string;
}

/** An entry with what is known of it. */
export interface CacheEntry {
  readonly value: unknown;
  readonly bytes: Uint8Array;
  readonly contentType: string;
  readonly etag: string;
  readonly version: string;
  /** Given out past its end, or while the server cannot prove that it is current. */
  readonly isStale: boolean;
}

/** What a mass invalidation is about: exactly one of these. */
export type InvalidationTarget =
  | { readonly keys: readonly string[] }
  | { readonly prefix: string }
  | { readonly tags: readonly string[] }
  | { readonly all: true };

export interface FillContext {
  /** Aborts with the caller. */
  readonly signal: AbortSignal | undefined;
  /** The ETag of the value that expired, where the server still knows it. */
  readonly staleEtag: string | undefined;
}

export interface GetOrSetOptions extends SetOptions {
  /** How long to wait for somebody else who makes the value, ms: up to 10,000; then it is made here. */
  readonly waitMs?: number;
}

export interface BatchOperations {
  readonly get?: readonly string[];
  readonly set?: readonly BatchSet[];
  readonly delete?: readonly string[];
}

export interface BatchSet extends Pick<SetOptions, "ttl" | "tags" | "contentType"> {
  readonly key: string;
  readonly value: unknown;
}

export interface BatchResult {
  /** One for each key that is there. */
  readonly get: ReadonlyMap<string, unknown>;
  readonly set: number;
  readonly deleted: number;
}
