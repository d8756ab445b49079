// The WebSocket lane to a server, with copies that the server keeps current. Wherever it cannot say, it says `undefined`
// and the caller goes by fetch: while it is being connected, when it does not answer in time, when it refuses.

import { NearCacheClient, type SocketLike } from "../websocket/client/near-cache.ts";
import { CacheeClientError } from "./errors.ts";

/** The standard's WebSocket, as far as it is used; that of the package `ws` is one, too. */
export type WebSocketConstructor = new (
  url: string,
  protocols: string[],
) => SocketLike & {
  addEventListener(type: "open" | "error", listener: () => void): void;
};

export interface NearCacheOptions {
  /** Bytes that copies may take; 16 MiB unless given. The least recently read go first. */
  readonly bytesMax?: number;
  /** The runtime's own unless given; Node before 22 has none. */
  readonly WebSocket?: WebSocketConstructor;
}

export interface NearLaneOptions {
  /** Origins of servers, `http:` or `https:`; where one fails the next is tried. */
  readonly urls: readonly string[];
  readonly apiKey: string;
  /** Bound on one request, ms; past it the connection is taken for dead. */
  readonly timeoutMs: number;
  readonly nearCache: NearCacheOptions;
}

/** What a read came to. */
export type NearRead =
  | { readonly kind: "value"; readonly bytes: Uint8Array; readonly contentType: string }
  | { readonly kind: "miss" };

export interface NearWrite {
  readonly body: string | Uint8Array;
  readonly contentType: string;
  readonly ttlMs: number | undefined;
}

const BYTES_MAX = 16 * 2 ** 20;
/** Between two proofs, ms, before the first has said what they are good for. */
const PROVE_MS = 300;
/** So many proofs are asked for within the time that one is good for. */
const PROOFS = 3;
const PROVE_MS_MIN = 20;
/** Between two attempts to connect, ms: a random part of it, doubling. */
const RECONNECT_MS = 50;
const RECONNECT_MS_MAX = 5_000;

const encoder = new TextEncoder();

export class NearLane {
  readonly #options: NearLaneOptions;
  readonly #WebSocket: WebSocketConstructor;
  readonly #protocols: string[];
  #near: NearCacheClient | undefined;
  #socket: SocketLike | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #place = 0;
  #failures = 0;
  #isClosed = false;
  /** Reads that own copies have answered, on all connections so far but the present one. */
  #earlierHits = 0;

  constructor(options: NearLaneOptions) {
    this.#options = options;
    const { WebSocket: own = (globalThis as { WebSocket?: WebSocketConstructor }).WebSocket } =
      options.nearCache;
    if (own === undefined)
      throw new TypeError("This runtime has no WebSocket: give one, such as that of the package ws.");
    this.#WebSocket = own;
    // Browsers set no fields: the key comes as a subprotocol.
    this.#protocols = ["cachee.1", `cachee.key.${base64url(options.apiKey)}`];
    this.#connect();
  }

  get isConnected(): boolean {
    return this.#near !== undefined;
  }

  get hits(): number {
    return this.#earlierHits + (this.#near?.ownHits ?? 0);
  }

  get copyBytes(): number {
    return this.#near?.copyBytes ?? 0;
  }

  /** The value of `key`, of `minVersion` or newer (empty: any), from an own copy or the server. */
  async read(
    key: string,
    minVersion: string,
    signal: AbortSignal | undefined,
  ): Promise<NearRead | undefined> {
    const near = this.#near;
    const copy = near?.copyOf(key, minVersion);
    // The copy's own bytes stay its own.
    if (copy !== undefined)
      return { kind: "value", bytes: copy.value.slice(), contentType: copy.contentType };
    if (near === undefined) return undefined;
    const answer = await this.#within(near, near.get(key, { keep: true, minVersion }), signal);
    if (answer === undefined) return undefined;
    if (answer.value === undefined) return { kind: "miss" };
    return { kind: "value", bytes: answer.value.value.slice(), contentType: answer.value.contentType };
  }

  /** Stores a value; the version that it has now. */
  async set(key: string, write: NearWrite, signal: AbortSignal | undefined): Promise<string | undefined> {
    const near = this.#near;
    if (near === undefined) return undefined;
    const bytes = typeof write.body === "string" ? encoder.encode(write.body) : write.body;
    const { contentType, ttlMs = 0 } = write;
    const storing = near.set(key, bytes, { contentType, ttlMs });
    const answer = (await this.#within(near, storing, signal))?.value;
    return answer?.kind === "done" ? answer.version : undefined;
  }

  /** Forgets copies of `keys`, or all: they change by another way. To be called before that, and after. */
  forget(keys: readonly string[] | undefined): void {
    if (keys === undefined) this.#near?.forget(undefined);
    else for (const key of keys) this.#near?.forget(key);
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#end();
  }

  /** What `work` gives; nothing when it was refused, or not answered in time: then the connection is taken for dead. */
  #within<T>(
    near: NearCacheClient,
    work: Promise<T>,
    signal: AbortSignal | undefined,
  ): Promise<{ readonly value: T } | undefined> {
    return new Promise((resolve, reject) => {
      const end = () => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", abort);
      };
      const abort = () => {
        end();
        reject(new CacheeClientError("aborted", "The caller gave up."));
      };
      const timer = setTimeout(() => {
        end();
        if (this.#near === near) this.#reconnect();
        resolve(undefined);
      }, this.#options.timeoutMs);
      const settle = (result: { readonly value: T } | undefined) => {
        end();
        resolve(result);
      };
      work.then(
        (value) => settle({ value }),
        () => settle(undefined),
      );
      if (signal?.aborted === true) abort();
      else signal?.addEventListener("abort", abort, { once: true });
    });
  }

  #connect(): void {
    const { urls, nearCache, timeoutMs } = this.#options;
    const url = `${urls[this.#place % urls.length]!.replace(/^http/, "ws")}/ws`;
    const socket = new this.#WebSocket(url, this.#protocols);
    this.#socket = socket;
    const fail = () => {
      if (this.#socket === socket) this.#reconnect();
    };
    this.#timer = setTimeout(fail, timeoutMs);
    socket.addEventListener("error", fail);
    socket.addEventListener("close", fail);
    socket.addEventListener("open", () => {
      if (this.#socket !== socket) return;
      clearTimeout(this.#timer);
      const near = new NearCacheClient(socket, undefined, nearCache.bytesMax ?? BYTES_MAX);
      this.#near = near;
      void this.#prove(near);
    });
  }

  /** Asks for proofs, as long as the connection lasts. */
  async #prove(near: NearCacheClient): Promise<void> {
    const proof = await this.#within(near, near.prove(), undefined);
    if (this.#near !== near) return;
    if (proof === undefined) return this.#reconnect();
    this.#failures = 0;
    const afterMs = proof.value > 0 ? Math.max(PROVE_MS_MIN, proof.value / PROOFS) : PROVE_MS;
    this.#timer = setTimeout(() => void this.#prove(near), afterMs);
  }

  /** Gives the connection up with all copies, and makes another, to the next server, after a while. */
  #reconnect(): void {
    clearTimeout(this.#timer);
    this.#end();
    if (this.#isClosed) return;
    this.#place += 1;
    const capMs = Math.min(RECONNECT_MS_MAX, RECONNECT_MS * 2 ** this.#failures);
    this.#failures += 1;
    this.#timer = setTimeout(() => this.#connect(), Math.random() * capMs);
  }

  #end(): void {
    const socket = this.#socket;
    this.#socket = undefined;
    this.#earlierHits += this.#near?.ownHits ?? 0;
    this.#near?.close();
    if (this.#near === undefined) socket?.close();
    this.#near = undefined;
  }
}

function base64url(text: string): string {
  const binary = Array.from(encoder.encode(text), (byte) => String.fromCharCode(byte)).join("");
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
