// A client of the WebSocket lane that keeps copies: what it serves from them is never older than the lane's bound.
//
// It needs nothing but a WebSocket of the standard's shape, so it runs on Bun, on Node (with `ws`) and in browsers.

import { DELETE, GET, PROVE, PUT, TELL_VERSION, TRACK } from "../frames.ts";
import { decodeAnswers, encodeRequest, type Answer } from "./frames.ts";

/** The part of a WebSocket that it uses. */
export interface SocketLike {
  binaryType: string;
  send(data: Uint8Array<ArrayBuffer>): void;
  close(): void;
  addEventListener(type: "message", listener: (event: { data: unknown }) => void): void;
  addEventListener(type: "close", listener: () => void): void;
}

export interface Copy {
  readonly value: Uint8Array;
  readonly contentType: string;
  /** Index into identity, br, gzip, zstd: how `value` is coded. */
  readonly coding: number;
  readonly hash: bigint;
}

interface Kept extends Copy {
  readonly expiresAtMs: number;
}

interface Waiting {
  readonly key: string;
  readonly keeps: boolean;
  readonly sentAtMs: number;
  /** The key was invalidated since: the answer may be served once, and not kept. */
  isOutdated: boolean;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
}

/** A request that the server refused; `code` is one of the contract's. */
class RequestError extends Error {
  readonly code: string;

  constructor(code: string, detail: string) {
    super(detail);
    this.code = code;
  }
}

export class NearCacheClient {
  readonly #socket: SocketLike;
  readonly #nowMs: () => number;
  readonly #waiting = new Map<number, Waiting>();
  readonly #copies = new Map<string, Kept>();
  /** Until when copies may be served: a proof's bound, counted from when it was asked for. */
  #freshUntilMs = 0;
  #lastId = 0;
  /** Reads served from own copies. */
  ownHits = 0;
  /** The version of the last write that was answered: any instance that is asked for it answers with it or a newer one. */
  lastVersion = "";

  /** `socket` is open, or will be by the first request; `nowMs` is monotonic. */
  constructor(socket: SocketLike, nowMs: () => number = () => performance.now()) {
    this.#socket = socket;
    this.#nowMs = nowMs;
    socket.binaryType = "arraybuffer";
    socket.addEventListener("message", ({ data }) => this.#received(new Uint8Array(data as ArrayBuffer)));
    socket.addEventListener("close", () => this.#closed());
  }

  get copies(): number {
    return this.#copies.size;
  }

  /**
   * Reads `key`; with `keep` from its own copy while that is proven, and keeps what it reads. With `minVersion` the
   * server answers with that version or a newer one, whichever instance it is.
   */
  async get(
    key: string,
    options: { keep?: boolean; codings?: number; minVersion?: string } = {},
  ): Promise<Copy | undefined> {
    const nowMs = this.#nowMs();
    const { minVersion = "" } = options;
    const kept = options.keep === true && minVersion === "" ? this.#copies.get(key) : undefined;
    if (kept !== undefined && nowMs < this.#freshUntilMs && nowMs < kept.expiresAtMs) {
      this.ownHits += 1;
      return kept;
    }
    const flags = (options.codings ?? 0) | (options.keep === true ? TRACK : 0);
    const answer = await this.#ask({ operation: GET, flags, key, minVersion });
    return answer.kind === "value" ? answer : undefined;
  }

  /** Stores a value; `true` when there was none before. */
  async put(
    key: string,
    value: Uint8Array,
    options: { ttlMs?: number; contentType?: string; flags?: number } = {},
  ): Promise<boolean> {
    this.#drop(key);
    const flags = (options.flags ?? 0) | TELL_VERSION;
    const answer = await this.#ask({ operation: PUT, key, value, ...options, flags });
    return answer.kind === "done" && answer.created;
  }

  /** Removes a key; `false` when it was not there. */
  async delete(key: string): Promise<boolean> {
    this.#drop(key);
    const answer = await this.#ask({ operation: DELETE, key, flags: TELL_VERSION });
    return answer.kind === "done";
  }

  /** Asks for a proof, so that copies may be served on: to be called a few times within the bound. */
  async prove(): Promise<number> {
    const answer = await this.#ask({ operation: PROVE });
    return answer.kind === "proof" ? answer.freshForMs : 0;
  }

  close(): void {
    this.#socket.close();
  }

  #ask(request: Omit<Parameters<typeof encodeRequest>[0], "id">): Promise<Answer> {
    this.#lastId = (this.#lastId + 1) >>> 0 || 1;
    const id = this.#lastId;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, {
        key: request.key ?? "",
        keeps: request.operation === GET && ((request.flags ?? 0) & TRACK) !== 0,
        sentAtMs: this.#nowMs(),
        isOutdated: false,
        resolve,
        reject,
      });
      this.#socket.send(encodeRequest({ ...request, id }) as Uint8Array<ArrayBuffer>);
    });
  }

  #received(message: Uint8Array): void {
    for (const answer of decodeAnswers(message) ?? []) {
      if (answer.kind === "invalidate") this.#drop(answer.key);
      else if (answer.kind === "drop_all") this.#dropAll();
      else {
        const waiting = this.#waiting.get(answer.id);
        this.#waiting.delete(answer.id);
        if (waiting !== undefined) this.#answered(waiting, answer);
      }
    }
  }

  /** What an answer changes it changes here and now, before the next one of the message is looked at. */
  #answered(waiting: Waiting, answer: Answer): void {
    const { key, sentAtMs } = waiting;
    if (answer.kind === "failed") return waiting.reject(new RequestError(answer.code, answer.detail));
    if (answer.kind === "value" && waiting.keeps && !waiting.isOutdated) {
      this.#copies.set(key, { ...answer, expiresAtMs: sentAtMs + answer.ttlMs });
    }
    if (answer.kind === "proof" || (answer.kind === "value" && waiting.keeps)) {
      this.#freshUntilMs = Math.max(this.#freshUntilMs, sentAtMs + answer.freshForMs);
    }
    if (answer.kind === "done" && answer.version !== "") this.lastVersion = answer.version;
    waiting.resolve(answer);
  }

  #drop(key: string): void {
    this.#copies.delete(key);
    for (const waiting of this.#waiting.values()) if (waiting.key === key) waiting.isOutdated = true;
  }

  #dropAll(): void {
    this.#copies.clear();
    for (const waiting of this.#waiting.values()) waiting.isOutdated = true;
  }

  #closed(): void {
    this.#dropAll();
    this.#freshUntilMs = 0;
    for (const waiting of this.#waiting.values())
      waiting.reject(new RequestError("closed", "The connection is closed."));
    this.#waiting.clear();
  }
}
