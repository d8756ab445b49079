// `cachee/client`: a Cachee over fetch, for Bun, Node 20 and later, Deno, and browsers.

import { BATCH_ITEMS_MAX, batchBody, batchResult } from "./batch.ts";
import type {
  BatchOperations,
  BatchResult,
  CacheEntry,
  FillContext,
  GetOrSetOptions,
  InvalidationTarget,
  RequestOptions,
  SetOptions,
} from "./cache.ts";
import { CacheeClientError } from "./errors.ts";
import { entryOf, setFields } from "./fields.ts";
import { GetOrSet } from "./get-or-set.ts";
import { NearLane, type NearCacheOptions, type NearRead } from "./near-lane.ts";
import {
  HttpTransport,
  type Fetch,
  type TransportRequest,
  type TransportResponse,
} from "./http-transport.ts";
import { checkKey, keyPath } from "./key-path.ts";
import { Session } from "./session.ts";
import { decodeValue, encodeValue, type EncodedValue } from "./values.ts";

export type {
  BatchOperations,
  BatchResult,
  BatchSet,
  CacheEntry,
  FillContext,
  GetOrSetOptions,
  InvalidationTarget,
  RequestOptions,
  SetOptions,
} from "./cache.ts";
export { CacheeClientError, type ClientCode } from "./errors.ts";
export type { NearCacheOptions } from "./near-lane.ts";

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

/** One page of GET /admin/entries. */
interface EntryPage {
  /** `0` at the end. */
  readonly cursor: string;
  readonly entries: readonly { readonly key: string }[];
}

const MS = 1_000;

export class CacheeClient {
  readonly #transport: HttpTransport;
  readonly #session: Session;
  readonly #near: NearLane | undefined;
  readonly #getOrSet: GetOrSet;

  constructor(options: ClientOptions) {
    const urls = typeof options.url === "string" ? [options.url] : options.url;
    if (urls.length === 0) throw new TypeError("A client needs the URL of a server.");
    const server = {
      urls: urls.map((url) => new URL(url).origin),
      apiKey: options.apiKey,
      timeoutMs: options.timeoutMs ?? 1_000,
    };
    this.#transport = new HttpTransport({
      ...server,
      retries: options.retries ?? 2,
      fetch: options.fetch ?? ((url, init) => globalThis.fetch(url, init)),
    });
    const { nearCache } = options;
    this.#near = nearCache === undefined ? undefined : new NearLane({ ...server, nearCache });
    this.#session = options.session === undefined ? new Session() : Session.from(options.session);
    this.#getOrSet = new GetOrSet(this.#transport, this.#session, this.#near);
  }

  /** What to give another client as `session`, so that it reads what this one has written. */
  get session(): string {
    return this.#session.token;
  }

  /** The value of `key`, in the form it was set in; nothing when there is none. */
  async get<T = unknown>(key: string, options: RequestOptions = {}): Promise<T | undefined> {
    const near = await this.#readNear(key, options);
    if (near !== undefined)
      return near.kind === "miss" ? undefined : (decodeValue(near.bytes, near.contentType) as T);
    return (await this.entry(key, options))?.value as T | undefined;
  }

  /** As `get`, with ETag, version and media type. */
  async entry(key: string, options: RequestOptions = {}): Promise<CacheEntry | undefined> {
    const minVersion = this.#session.minVersionOf(key);
    const response = await this.#send({
      method: "GET",
      path: keyPath(key),
      isRepeatable: true,
      expected: [404],
      ...(minVersion === undefined ? {} : { headers: { "x-min-version": minVersion } }),
      signal: options.signal,
    });
    return response.status === 404 ? undefined : entryOf(response);
  }

  /** The values of those of `keys` that are there, each key once. */
  async getMany<T = unknown>(keys: readonly string[], options: RequestOptions = {}): Promise<Map<string, T>> {
    const found = new Map<string, T>();
    const all: string[] = [];
    const reads = [...new Set(keys)].map(async (key) => {
      const near = await this.#readNear(key, options);
      if (near === undefined) all.push(key);
      else if (near.kind === "value") found.set(key, decodeValue(near.bytes, near.contentType) as T);
    });
    await Promise.all(reads);
    for (let from = 0; from < all.length; from += BATCH_ITEMS_MAX) {
      const { get } = await this.batch({ get: all.slice(from, from + BATCH_ITEMS_MAX) }, options);
      for (const [key, value] of get) found.set(key, value as T);
    }
    return found;
  }

  /** Stores `value`; `false`: a condition was not met, and nothing was stored. */
  async set(key: string, value: unknown, options: SetOptions = {}): Promise<boolean> {
    const encoded = encodeValue(value);
    const { body, contentType } = encoded;
    const version = await this.#setNear(key, encoded, options);
    if (version !== undefined) {
      this.#session.saw(key, version);
      return true;
    }
    const isConditional = options.ifAbsent === true || options.ifMatch !== undefined;
    const response = await this.#change([key], {
      method: "PUT",
      path: keyPath(key),
      headers: { "content-type": options.contentType ?? contentType, ...setFields(options) },
      body,
      isRepeatable: !isConditional,
      expected: [412],
      signal: options.signal,
    });
    if (response.status === 412) return false;
    this.#note(key, response);
    return true;
  }

  /** Removes `key`; `false` when it was not there. */
  async delete(key: string, options: RequestOptions = {}): Promise<boolean> {
    const response = await this.#change([key], {
      method: "DELETE",
      path: keyPath(key),
      isRepeatable: true,
      expected: [404],
      signal: options.signal,
    });
    if (response.status !== 404) this.#note(key, response);
    return response.status !== 404;
  }

  /** Reads, then stores, then removes, up to 1,000 items in one request. */
  async batch(operations: BatchOperations, options: RequestOptions = {}): Promise<BatchResult> {
    const keys = [...(operations.set ?? []).map(({ key }) => key), ...(operations.delete ?? [])];
    const response = await this.#change(keys, jsonRequest("/batch", batchBody(operations), options));
    return batchResult(response.bytes);
  }

  /** Removes what `target` covers; how many entries that were. */
  async invalidate(target: InvalidationTarget, options: RequestOptions = {}): Promise<number> {
    const keys = "keys" in target ? target.keys : undefined;
    const request = jsonRequest("/invalidate", JSON.stringify(target), options);
    const response = await this.#change(keys, request);
    const answer = JSON.parse(new TextDecoder().decode(response.bytes)) as { invalidated?: unknown };
    if (typeof answer.invalidated === "number") return answer.invalidated;
    throw new CacheeClientError("bad_answer", "The server's answer to an invalidation has no count.");
  }

  /**
   * The value of `key`, made by `fill` where there is none. Of all callers in the fleet one makes it, the others wait
   * for it. Where the cache cannot be asked, `fill` runs here. What `fill` throws is thrown.
   */
  getOrSet<T>(
    key: string,
    fill: (context: FillContext) => Promise<T> | T,
    options: GetOrSetOptions = {},
  ): Promise<T> {
    return this.#getOrSet.run(key, fill, options);
  }

  /**
   * All keys that begin with `prefix`, some hundreds at a time; each that is there throughout comes once or more. Needs
   * an API key with the scope `admin`.
   */
  async *keyPages(prefix: string, options: RequestOptions = {}): AsyncGenerator<readonly string[], void> {
    let cursor = "0";
    do {
      const query = new URLSearchParams({ prefix, cursor });
      const path = `/admin/entries?${query.toString()}`;
      const response = await this.#send({ method: "GET", path, isRepeatable: true, signal: options.signal });
      const page = JSON.parse(new TextDecoder().decode(response.bytes)) as EntryPage;
      yield page.entries.map(({ key }) => key);
      cursor = page.cursor;
    } while (cursor !== "0");
  }

  /** The entries of one instance's L1 that are read most, or are largest; needs the scope `admin`. */
  async ranking<T>(kind: "hot" | "big", options: RankingOptions): Promise<readonly T[]> {
    const query = new URLSearchParams({ count: String(options.count), prefix: options.prefix ?? "" });
    const path = `/admin/${kind}?${query.toString()}`;
    const response = await this.#send({ method: "GET", path, isRepeatable: true, signal: options.signal });
    return (JSON.parse(new TextDecoder().decode(response.bytes)) as { entries: readonly T[] }).entries;
  }

  /** What the own copies do, where there are any. */
  get nearCache(): NearCacheFigures | undefined {
    const near = this.#near;
    if (near === undefined) return undefined;
    return { isConnected: near.isConnected, hits: near.hits, bytes: near.copyBytes };
  }

  /** Ends the connection of the near cache; without one there is nothing to end. */
  close(): void {
    this.#near?.close();
  }

  /** A read over the lane, if there is one that answers. */
  async #readNear(key: string, options: RequestOptions): Promise<NearRead | undefined> {
    if (this.#near === undefined) return undefined;
    checkKey(key);
    return this.#near.read(key, this.#session.minVersionOf(key) ?? "", options.signal);
  }

  /** A write over the lane, if there is one that answers, and can: the version that it has. */
  async #setNear(key: string, value: EncodedValue, options: SetOptions): Promise<string | undefined> {
    const { ttl, tags, staleWhileRevalidate, ifAbsent, ifMatch, contentType = value.contentType } = options;
    const isPlain = ifAbsent !== true && (tags ?? staleWhileRevalidate ?? ifMatch) === undefined;
    if (this.#near === undefined || !isPlain || !((ttl ?? 1) > 0)) return undefined;
    checkKey(key);
    const ttlMs = ttl === undefined ? undefined : ttl * MS;
    return this.#near.set(key, { body: value.body, contentType, ttlMs }, options.signal);
  }

  /** Sends what changes `keys` (none: any), whose copies go: a read may have made one meanwhile. */
  async #change(keys: readonly string[] | undefined, request: TransportRequest): Promise<TransportResponse> {
    this.#near?.forget(keys);
    try {
      return await this.#send(request);
    } finally {
      this.#near?.forget(keys);
    }
  }

  #send(request: TransportRequest): Promise<TransportResponse> {
    return this.#transport.send(request);
  }

  #note(key: string, response: TransportResponse): void {
    const version = response.headers.get("x-cache-version");
    if (version !== null) this.#session.saw(key, version);
  }
}

function jsonRequest(path: string, body: string, options: RequestOptions): TransportRequest {
  const headers = { "content-type": "application/json" };
  return { method: "POST", path, headers, body, isRepeatable: true, signal: options.signal };
}
