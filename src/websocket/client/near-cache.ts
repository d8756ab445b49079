// A client of the WebSocket lane that keeps copies: what it serves from them is never older than the lane's bound.
//
// It lives as long as its connection, and forgets all with it. Requests of one turn go out as one message. It needs nothing but a WebSocket of the standard's shape, so it runs on Bun, on Node (with `ws`) and in browsers.

import { DELETE, GET, PROVE, PUT, TELL_VERSION, TRACK, UNTRACK } from "../frames.ts";
import { Copies, type Copy } from "./copies.ts";
import { decodeAnswers, encodeRequest, type Answer } from "./frames.ts";

/** The part of a WebSocket that it uses. */
export interface SocketLike {
  binaryType: string;
  send(data: Uint8Array<ArrayBuffer>): void;
  close(): void;
  addEventListener(type: "message", listener: (event: { data: unknown }) => void): void;
  addEventListener(type: "close", listener: () => void): void;
}

interface PutOptions {
  /** 0 or none: the server's default. */
  readonly ttlMs?: number;
  readonly contentType?: string;
  readonly flags?: number;
}

interface Waiting {
  readonly key: string;
  readonly keeps: boolean;
  readonly minVersion: string;
  readonly sentAtMs: number;
  /** The key was invalidated since: the answer may be served once, and not kept. */
  isOutdated: boolean;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
}

/** A message is sent once it has so many bytes, or the turn ends. */
const MESSAGE_BYTES = 256 * 1024;
/** Bytes of copies that are kept unless the caller says. */
const COPIES_BYTES_MAX = 64 * 2 ** 20;

/** A request that the server refused; `code` is one of the contract's, or `closed`. */
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
  readonly #copies: Copies;
  #queued: Uint8Array[] = [];
  #queuedBytes = 0;
  #isClosed = false;
  /** Until when copies may be served: a proof's bound, counted from when it was asked for. */
  #freshUntilMs = 0;
  #lastId = 0;
  /** Reads served from own copies. */
  ownHits = 0;
  /** The version of the last write that was answered: any instance that is asked for it answers with it or a newer one. */
  lastVersion = "";

  /** `socket` is open, or will be by the first request; `nowMs` is monotonic; `bytesMax` bounds the copies. */
  constructor(
    socket: SocketLike,
    nowMs: () => number = () => performance.now(),
    bytesMax: number = COPIES_BYTES_MAX,
  ) {
    this.#socket = socket;
    this.#nowMs = nowMs;
    this.#copies = new Copies(bytesMax, (key) => this.#untrack(key));
    socket.binaryType = "arraybuffer";
    socket.addEventListener("message", ({ data }) => this.#received(new Uint8Array(data as ArrayBuffer)));
    socket.addEventListener("close", () => this.#closed());
  }

  get copies(): number {
    return this.#copies.size;
  }

  /** Bytes that copies take, about. */
  get copyBytes(): number {
    return this.#copies.bytes;
  }

  /** The copy of `key`, if there is one that may be served now and is at least `minVersion` (empty: any). */
  copyOf(key: string, minVersion = ""): Copy | undefined {
    const nowMs = this.#nowMs();
    if (nowMs >= this.#freshUntilMs) return undefined;
    const copy = this.#copies.get(key, minVersion, nowMs);
    if (copy !== undefined) this.ownHits += 1;
    return copy;
  }

  /** Forgets the copy of `key`, or all of them: they are about to change by another way, or have. */
  forget(key: string | undefined): void {
    if (key === undefined) this.#dropAll();
    else this.#drop(key);
  }

  /**
   * Reads `key`; with `keep` from its own copy while that is proven, and keeps what it reads. With `minVersion` the
   * server answers with that version or a newer one, whichever instance it is.
   */
  async get(
    key: string,
    options: { keep?: boolean; codings?: number; minVersion?: string } = {},
  ): Promise<Copy | undefined> {
    const { minVersion = "" } = options;
    const kept = options.keep === true ? this.copyOf(key, minVersion) : undefined;
    if (kept !== undefined) return kept;
    const flags = (options.codings ?? 0) | (options.keep === true ? TRACK : 0);
    const answer = await this.#ask({ operation: GET, flags, key, minVersion });
    return answer.kind === "value" ? answer : undefined;
  }

  /** Stores a value; `true` when there was none before. */
  async put(key: string, value: Uint8Array, options: PutOptions = {}): Promise<boolean> {
    const answer = await this.set(key, value, options);
    return answer.kind === "done" && answer.created;
  }

  /** Stores a value; the answer has its version. */
  set(key: string, value: Uint8Array, options: PutOptions = {}): Promise<Answer> {
    this.#drop(key);
    const flags = (options.flags ?? 0) | TELL_VERSION;
    return this.#ask({ operation: PUT, key, value, ...options, flags });
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

  /** Ends the connection; what waits is rejected at once. */
  close(): void {
    this.#closed();
    this.#socket.close();
  }

  #ask(request: Omit<Parameters<typeof encodeRequest>[0], "id">): Promise<Answer> {
    if (this.#isClosed) return Promise.reject(closedError());
    const id = this.#nextId();
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, {
        key: request.key ?? "",
        keeps: request.operation === GET && ((request.flags ?? 0) & TRACK) !== 0,
        minVersion: request.minVersion ?? "",
        sentAtMs: this.#nowMs(),
        isOutdated: false,
        resolve,
        reject,
      });
      this.#queue(encodeRequest({ ...request, id }));
    });
  }

  #nextId(): number {
    this.#lastId = (this.#lastId + 1) >>> 0 || 1;
    return this.#lastId;
  }

  #untrack(key: string): void {
    if (!this.#isClosed) this.#queue(encodeRequest({ operation: UNTRACK, id: this.#nextId(), key }));
  }

  #queue(request: Uint8Array): void {
    if (this.#queued.length === 0) queueMicrotask(() => this.#send());
    this.#queued.push(request);
    this.#queuedBytes += request.length;
    if (this.#queuedBytes >= MESSAGE_BYTES) this.#send();
  }

  #send(): void {
    const queued = this.#queued;
    if (queued.length === 0 || this.#isClosed) return;
    const message = queued.length === 1 ? queued[0]! : joined(queued, this.#queuedBytes);
    this.#queued = [];
    this.#queuedBytes = 0;
    this.#socket.send(message as Uint8Array<ArrayBuffer>);
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
    const { key, minVersion, sentAtMs } = waiting;
    if (answer.kind === "failed") return waiting.reject(new RequestError(answer.code, answer.detail));
    if (answer.kind === "value" && waiting.keeps && !waiting.isOutdated) {
      const { contentType, coding, hash } = answer;
      const expiresAtMs = sentAtMs + answer.ttlMs;
      // Not a view: that would hold all of its message.
      const value = answer.value.slice();
      this.#copies.set(key, { value, contentType, coding, hash, expiresAtMs, minVersion });
    }
    if (answer.kind === "proof" || (answer.kind === "value" && waiting.keeps)) {
      this.#freshUntilMs = Math.max(this.#freshUntilMs, sentAtMs + answer.freshForMs);
    }
    if (answer.kind === "done") {
      // A read that overtook the write may have been kept.
      this.#drop(key);
      if (answer.version !== "") this.lastVersion = answer.version;
    }
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
    this.#isClosed = true;
    this.#dropAll();
    this.#freshUntilMs = 0;
    for (const waiting of this.#waiting.values()) waiting.reject(closedError());
    this.#waiting.clear();
    this.#queued = [];
  }
}

function closedError(): RequestError {
  return new RequestError("closed", "The connection is closed.");
}

function joined(parts: readonly Uint8Array[], bytes: number): Uint8Array {
  const whole = new Uint8Array(bytes);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
