// What a client is made with, and what it tells of itself. No code here.

import type { RequestOptions } from "./cache.ts";
import type { Fetch } from "./http-transport.ts";
import type { NearCacheOptions } from "./near-lane.ts";

export interface ClientOptions {
  /** `https://cache.example:3000`, or several instances of one fleet: where one fails the next is asked. */
  readonly url: string | readonly string[];
  readonly apiKey: string;
  /** Bound on one attempt, ms. 1,000 unless given. */
  readonly timeoutMs?: number;
  /** Further attempts after the first, where repeating is safe. 2 unless given. */
  readonly retries?: number;
  /** The token of an earlier session, to read what was written then. */
  readonly session?: string;
  readonly fetch?: Fetch;
  /**
   * Reads and plain writes go over the WebSocket lane, and copies of what was read are kept here, which the server keeps
   * current: they are never older than its CACHEE_STALE_MAX_MS. What the lane lacks goes by fetch, and all does while
   * there is no connection.
   */
  readonly nearCache?: NearCacheOptions;
}

/** What the own copies do. */
export interface NearCacheFigures {
  readonly isConnected: boolean;
  /** Reads that were answered without a request. */
  readonly hits: number;
  readonly bytes: number;
}

export interface RankingOptions extends RequestOptions {
  /** Up to 100. */
  readonly count: number;
  readonly prefix?: string;
}
