// Reads the requests in one message of the WebSocket lane, one after another, without copying. Hot.

import { GET, MIN_VERSION, PUT, PUT_BYTES, REQUEST_BYTES } from "./frames.ts";

export class Reader {
  operation = 0;
  flags = 0;
  id = 0;
  /** Where the key lies in `message`. */
  keyStart = 0;
  keyEnd = 0;
  /** A GET's: where the version that it asks for lies; the same where it asks for none. */
  versionStart = 0;
  versionEnd = 0;
  contentType = "";
  ttlMs = 0;
  /** A PUT's value: a view of the message. */
  value: Uint8Array = new Uint8Array(0);
  message: Buffer = Buffer.alloc(0);
  #at = 0;

  /** Reads `message` from `at` on, where a request begins. */
  begin(message: Buffer, at: number): void {
    this.message = message;
    this.#at = at;
  }

  /** Where the next request begins. */
  get at(): number {
    return this.#at;
  }

  /** Nothing is left of the message. Where something is although `next` said `false`, it is no whole request. */
  get isAtEnd(): boolean {
    return this.#at === this.message.length;
  }

  get key(): string {
    return this.message.utf8Slice(this.keyStart, this.keyEnd);
  }

  /** A GET's; empty where it asks for none. */
  get minVersion(): string {
    return this.message.latin1Slice(this.versionStart, this.versionEnd);
  }

  /** Reads the next request; `false` when there is none, or not a whole one. */
  next(): boolean {
    const { message } = this;
    const at = this.#at;
    if (at + REQUEST_BYTES > message.length) return false;
    this.operation = message[at]!;
    this.flags = message[at + 1]!;
    const keyBytes = message[at + 2]! | (message[at + 3]! << 8);
    this.id = message.readUInt32LE(at + 4);
    const isPut = this.operation === PUT;
    let from = at + REQUEST_BYTES + (isPut ? PUT_BYTES : 0);
    if (this.operation === GET && (this.flags & MIN_VERSION) !== 0) {
      if (from === message.length) return false;
      this.versionStart = from + 1;
      from += 1 + message[from]!;
      this.versionEnd = from;
    }
    const end = from + keyBytes;
    if (end > message.length) return false;
    this.keyStart = from;
    this.keyEnd = end;
    if (!isPut) {
      this.#at = end;
      return true;
    }
    return this.#put(at, end);
  }

  #put(at: number, typeAt: number): boolean {
    const { message } = this;
    const valueBytes = message.readUInt32LE(at + 8);
    const valueAt = typeAt + message.readUInt16LE(at + 12);
    const end = valueAt + valueBytes;
    if (end > message.length) return false;
    this.ttlMs = message.readDoubleLE(at + 16);
    this.contentType = message.utf8Slice(typeAt, valueAt);
    this.value = message.subarray(valueAt, end);
    this.#at = end;
    return true;
  }
}
