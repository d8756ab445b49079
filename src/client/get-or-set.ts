// Read-through with one maker: of all callers, in this process and in the fleet, one fills a missing key.
//
// In a process, callers of one key share one promise. In the fleet, a miss gives one reader a lease, the right to fill
// (Nishtala et al., Scaling Memcache at Facebook, NSDI 2013); the others wait at the server for its value. A fill that
// fails gives the lease back at once, so that the next waiter tries. Where the cache cannot be asked, the value is made
// here and not stored.

import type { FillContext, GetOrSetOptions } from "./cache.ts";
import { CacheeClientError } from "./errors.ts";
import { entryOf, setFields } from "./fields.ts";
import { pause, type HttpTransport, type TransportResponse } from "./http-transport.ts";
import { checkKey, keyPath } from "./key-path.ts";
import type { NearLane } from "./near-lane.ts";
import type { Session } from "./session.ts";
import { decodeValue, encodeValue } from "./values.ts";

/** How long to wait for another's fill, ms, unless the caller says; and at most. */
const WAIT_MS = 5_000;
const WAIT_MS_MAX = 10_000;
/** One look waits this long at the server, at most: a server that goes away is noticed by then. */
const LOOK_MS_MAX = 2_000;
/** What an attempt takes beside its waiting, ms. */
const ANSWER_MS_MAX = 1_000;
/** The least pause before looking again, ms. */
const LOOK_PAUSE_MS_MIN = 10;

type Fill<T> = (context: FillContext) => Promise<T> | T;

/** What a look at the server found: the value, the right to make it, or that the cache has nothing to say. */
type Look =
  | { readonly kind: "value"; readonly value: unknown }
  | { readonly kind: "lease"; readonly token: string; readonly staleEtag: string | undefined }
  | { readonly kind: "none" };

export class GetOrSet {
  readonly #transport: HttpTransport;
  readonly #session: Session;
  readonly #near: NearLane | undefined;
  readonly #running = new Map<string, Promise<unknown>>();

  /** `near`: where to look first, if there is such a thing. */
  constructor(transport: HttpTransport, session: Session, near: NearLane | undefined) {
    this.#transport = transport;
    this.#session = session;
    this.#near = near;
  }

  run<T>(key: string, fill: Fill<T>, options: GetOrSetOptions): Promise<T> {
    const running = this.#running.get(key);
    if (running !== undefined) return running as Promise<T>;
    const promise = this.#once(key, fill, options).finally(() => this.#running.delete(key));
    this.#running.set(key, promise);
    return promise;
  }

  async #once<T>(key: string, fill: Fill<T>, options: GetOrSetOptions): Promise<T> {
    checkKey(key);
    const near = await this.#near?.read(key, this.#session.minVersionOf(key) ?? "", options.signal);
    if (near?.kind === "value") return decodeValue(near.bytes, near.contentType) as T;
    const look = await this.#look(key, options);
    if (look.kind === "value") return look.value as T;
    const token = look.kind === "lease" ? look.token : undefined;
    const staleEtag = look.kind === "lease" ? look.staleEtag : undefined;
    let value: T;
    try {
      value = await fill({ signal: options.signal, staleEtag });
    } catch (thrown) {
      if (token !== undefined) await this.#release(key, token);
      throw thrown;
    }
    if (token !== undefined) await this.#store(key, value, token, options);
    return value;
  }

  /** Looks until there is a value, a lease, or no more time. */
  async #look(key: string, { waitMs = WAIT_MS, signal }: GetOrSetOptions): Promise<Look> {
    const untilMs = performance.now() + Math.min(waitMs, WAIT_MS_MAX);
    for (;;) {
      const leftMs = Math.max(0, untilMs - performance.now());
      let response: TransportResponse;
      try {
        response = await this.#ask(key, Math.floor(Math.min(leftMs, LOOK_MS_MAX)), signal);
      } catch (thrown) {
        if (!(thrown instanceof CacheeClientError) || !thrown.isUnavailable) throw thrown;
        return { kind: "none" };
      }
      if (response.status !== 404) return { kind: "value", value: entryOf(response).value };
      const token = response.headers.get("x-cache-lease");
      const staleEtag = response.headers.get("etag") ?? undefined;
      if (token !== null) return { kind: "lease", token, staleEtag };
      // Who is not told when to come again will never get a lease: the API key may not write.
      const isToWait = response.headers.has("retry-after");
      if (!isToWait || performance.now() >= untilMs) return { kind: "none" };
      await pause(LOOK_PAUSE_MS_MIN * (1 + Math.random()), signal);
    }
  }

  #ask(key: string, waitMs: number, signal: AbortSignal | undefined): Promise<TransportResponse> {
    const minVersion = this.#session.minVersionOf(key);
    return this.#transport.send({
      method: "GET",
      path: keyPath(key),
      headers: {
        "x-lease-wait": String(waitMs),
        ...(minVersion === undefined ? {} : { "x-min-version": minVersion }),
      },
      isRepeatable: true,
      expected: [404],
      timeoutMs: waitMs + ANSWER_MS_MAX,
      signal,
    });
  }

  /** Stores a value under its lease. One that comes too late, or a cache that is away, costs the caller nothing. */
  async #store(key: string, value: unknown, token: string, options: GetOrSetOptions): Promise<void> {
    const { body, contentType } = encodeValue(value);
    const { ifAbsent: _, ifMatch: __, ...fields } = options;
    try {
      const response = await this.#transport.send({
        method: "PUT",
        path: keyPath(key),
        headers: {
          "content-type": options.contentType ?? contentType,
          ...setFields(fields),
          "x-cache-lease": token,
        },
        body,
        // A second PUT with the token of the first is refused, and changes nothing.
        isRepeatable: true,
        expected: [412],
      });
      const version = response.headers.get("x-cache-version");
      if (response.status !== 412 && version !== null) this.#session.saw(key, version);
      this.#near?.forget([key]);
    } catch (thrown) {
      if (!(thrown instanceof CacheeClientError) || !thrown.isUnavailable) throw thrown;
    }
  }

  async #release(key: string, token: string): Promise<void> {
    const headers = { "x-cache-lease": token };
    const request = { method: "DELETE", path: keyPath(key), headers, isRepeatable: true } as const;
    try {
      await this.#transport.send({ ...request, expected: [404, 412] });
    } catch {
      // The lease runs out by itself; what the fill threw is what the caller needs to hear.
    }
  }
}
