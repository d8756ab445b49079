// `cachee/client`: a Cachee over fetch, for Bun, Node 20 and later, Deno, and browsers.

import { batchBody, batchParts, batchResult } from "./batch.ts";
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
import { NearLane, type NearRead } from "./near-lane.ts";
import { HttpTransport, type TransportRequest, type TransportResponse } from "./http-transport.ts";
import { checkKey, keyPath } from "./key-path.ts";
import type { ClientOptions, NearCacheFigures, RankingOptions } from "./options.ts";
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
export type { ClientOptions, NearCacheFigures, RankingOptions } from "./options.ts";

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
    if (all.length === 0) return found;
    const { get } = await this.batch({ get: all }, options);
    for (const [key, value] of get) found.set(key, value as T);
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

  /** Reads, then stores, then removes; a thousand items a request. */
  async batch(operations: BatchOperations, options: RequestOptions = {}): Promise<BatchResult> {
    const get = new Map<string, unknown>();
    let [set, deleted] = [0, 0];
    for (const part of batchParts(operations)) {
      const keys = [...(part.set ?? []).map(({ key }) => key), ...(part.delete ?? [])];
      const response = await this.#change(keys, jsonRequest("/batch", batchBody(part), options));
      const result = batchResult(response.bytes);
      for (const [key, value] of result.get) get.set(key, value);
      set += result.set;
      deleted += result.deleted;
    }
    return { get, set, deleted };
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
