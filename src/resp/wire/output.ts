// Builds answers in RESP2 or RESP3, one after another in one buffer, to be sent with one write. Hot.

import { copyBytes } from "../../base/bytes/copy-bytes.ts";
import { release } from "../../base/bytes/release.ts";
import { keyBytesOf } from "./stored-key.ts";

/** The buffer a writer begins with, and the largest that is kept for the next one. */
const BYTES_MIN = 16 * 1_024;
const BYTES_KEPT_MAX = 512 * 1_024;
/** A buffer beyond this grows by a quarter at a time, a smaller one to twice its size. */
const BYTES_DOUBLED_MAX = 1024 * 1024;
/** Writers kept for the next batch. */
const SPARE_MAX = 16;
/** Up to this many bytes a loop is quicker than a view and a copy. */
const LOOP_BYTES_MAX = 16;
const CR = 13;
const LF = 10;
const ZERO = 48;

export class Output {
  buffer: Buffer = Buffer.allocUnsafeSlow(BYTES_MIN);
  /** Bytes written to it, and those of them that the socket has taken. */
  length = 0;
  sent = 0;
  protocol: 2 | 3 = 2;

  /** `text` as it stands; a byte for each character. */
  raw(text: string): void {
    const { length } = text;
    this.#reserve(length);
    if (length <= LOOP_BYTES_MAX) {
      const { buffer } = this;
      let at = this.length;
      for (let i = 0; i < length; i++) buffer[at++] = text.charCodeAt(i);
    } else {
      this.buffer.latin1Write(text, this.length);
    }
    this.length += length;
  }

  ok(): void {
    this.raw("+OK\r\n");
  }

  simple(text: string): void {
    this.raw(`+${text}\r\n`);
  }

  /** `text` begins with its code, such as `ERR`; line ends in it become spaces, a byte for each character. */
  error(text: string): void {
    this.raw(`-${text.replaceAll(/[\r\n]/g, " ")}\r\n`);
  }

  integer(value: number | bigint): void {
    if (typeof value === "number" && value >= 0 && value < 2_147_483_648) {
      this.#reserve(16);
      this.#head(58, value);
    } else {
      this.raw(`:${value}\r\n`);
    }
  }

  /** The absent value. */
  nil(): void {
    this.raw(this.protocol === 3 ? "_\r\n" : "$-1\r\n");
  }

  /** The absent array. */
  nilArray(): void {
    this.raw(this.protocol === 3 ? "_\r\n" : "*-1\r\n");
  }

  /** The bulk string of `size` bytes from `start` in `source`. */
  bulk(source: Uint8Array, start: number, size: number): void {
    this.#reserve(size + 18);
    this.#head(36, size);
    const { buffer } = this;
    let at = this.length;
    if (size <= LOOP_BYTES_MAX) {
      for (let i = start, to = start + size; i < to; i++) buffer[at++] = source[i]!;
    } else {
      copyBytes(source, start, start + size, buffer, at);
      at += size;
    }
    buffer[at++] = CR;
    buffer[at++] = LF;
    this.length = at;
  }

  /** The line that announces a bulk string, for one that is written by other means. */
  bulkHead(size: number): void {
    this.#reserve(18);
    this.#head(36, size);
  }

  /** `text` as a bulk string in UTF-8. */
  bulkText(text: string): void {
    const bytes = Buffer.from(text, "utf8");
    this.bulk(bytes, 0, bytes.length);
  }

  /** The key that is stored as `stored`, as a bulk string. */
  key(stored: string): void {
    const bytes = keyBytesOf(stored);
    this.bulk(bytes, 0, bytes.length);
  }

  array(count: number): void {
    this.#reserve(16);
    this.#head(42, count);
  }

  /** A map of `count` pairs; in RESP2 an array of twice as many. */
  map(count: number): void {
    this.#reserve(16);
    if (this.protocol === 3) this.#head(37, count);
    else this.#head(42, 2 * count);
  }

  /** A set; in RESP2 an array. */
  set(count: number): void {
    this.#reserve(16);
    this.#head(this.protocol === 3 ? 126 : 42, count);
  }

  push(count: number): void {
    this.#reserve(16);
    this.#head(62, count);
  }

  /** Text for people: verbatim in RESP3, else a bulk string. */
  verbatim(text: string): void {
    if (this.protocol === 2) return this.bulkText(text);
    const bytes = Buffer.from(`txt:${text}`, "utf8");
    this.#reserve(18);
    this.#head(61, bytes.length);
    this.bytes(bytes, 0, bytes.length);
    this.raw("\r\n");
  }

  /** Bytes as they stand. */
  bytes(source: Uint8Array, start: number, size: number): void {
    this.#reserve(size);
    copyBytes(source, start, start + size, this.buffer, this.length);
    this.length += size;
  }

  /** Makes it as new. */
  reset(): void {
    this.length = 0;
    this.sent = 0;
    if (this.buffer.length > BYTES_KEPT_MAX) this.discard();
  }

  /** Lets go of what was written; what is still written to it goes nowhere. */
  discard(): void {
    this.length = 0;
    this.sent = 0;
    release(this.buffer);
    this.buffer = Buffer.allocUnsafeSlow(BYTES_MIN);
  }

  /** One byte, a number that is not negative, a line end; there is room. */
  #head(type: number, value: number): void {
    const { buffer } = this;
    let at = this.length;
    buffer[at++] = type;
    let scale = 1;
    while (scale * 10 <= value) scale *= 10;
    let rest = value;
    while (scale >= 1) {
      const digit = (rest / scale) | 0;
      buffer[at++] = ZERO + digit;
      rest -= digit * scale;
      scale /= 10;
    }
    buffer[at++] = CR;
    buffer[at++] = LF;
    this.length = at;
  }

  #reserve(bytes: number): void {
    const needed = this.length + bytes;
    if (needed <= this.buffer.length) return;
    const factor = needed > BYTES_DOUBLED_MAX ? 1.25 : 2;
    const buffer = Buffer.allocUnsafeSlow(Math.max(needed, Math.ceil(factor * this.buffer.length)));
    copyBytes(this.buffer, 0, this.length, buffer, 0);
    release(this.buffer);
    this.buffer = buffer;
  }
}

/** Writers that wait for their next batch: a connection has one only while answers of its own are under way. */
export class OutputPool {
  /** Bytes that sockets have taken. */
  sentBytes = 0;
  readonly #spare: Output[] = [];

  take(protocol: 2 | 3): Output {
    const output = this.#spare.pop() ?? new Output();
    output.protocol = protocol;
    return output;
  }

  give(output: Output): void {
    output.reset();
    if (this.#spare.length < SPARE_MAX) this.#spare.push(output);
  }
}
