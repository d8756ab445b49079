// Builds the answers of one message of the WebSocket lane, end to end in one buffer. Hot.

import { copyBytes } from "../base/bytes/copy-bytes.ts";
import type { CodingIndex } from "../record/coding.ts";
import {
  computedHash,
  hasHash,
  typeBytes,
  typeStart,
  variantBytes,
  variantStart,
} from "../record/in-place.ts";
import { HASH_AT, HASH_BYTES } from "../record/layout.ts";
import {
  ANSWER_BYTES,
  DONE,
  DROP_ALL,
  FAILED,
  INVALIDATE,
  MISS,
  PROOF,
  VALUE,
  VALUE_BYTES,
} from "./frames.ts";

const BYTES_MIN = 16 * 1_024;
const BYTES_KEPT_MAX = 512 * 1_024;

export class Writer {
  #buffer: Buffer = Buffer.allocUnsafeSlow(BYTES_MIN);
  #view = new DataView(this.#buffer.buffer);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** What was written since the last `reset`: good until the next write. */
  get bytes(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }

  reset(): void {
    this.#length = 0;
    if (this.#buffer.length > BYTES_KEPT_MAX) this.#resize(BYTES_MIN);
  }

  /** `version`: that of the write, for whoever asked for it. */
  done(id: number, created: boolean, version = ""): void {
    const at = this.#head(DONE, created ? 1 : 0, version.length, id, version.length);
    if (version !== "") this.#buffer.write(version, at, "latin1");
  }

  miss(id: number): void {
    this.#head(MISS, 0, 0, id, 0);
  }

  proof(id: number, freshForMs: number): void {
    const at = this.#head(PROOF, 0, 0, id, 8);
    this.#view.setFloat64(at, freshForMs, true);
  }

  /** The variant `coding`, which is there, of the record at `start` of `bytes`. */
  value(
    id: number,
    coding: CodingIndex,
    bytes: Uint8Array,
    start: number,
    freshForMs: number,
    ttlMs: number,
  ): void {
    const bodyAt = variantStart(bytes, coding, start);
    const bodyBytes = variantBytes(bytes, coding, start);
    const typeAt = typeStart(start);
    const length = typeBytes(bytes, start);
    let at = this.#head(VALUE, coding, length, id, VALUE_BYTES + length + bodyBytes);
    const view = this.#view;
    view.setUint32(at, bodyBytes, true);
    view.setFloat64(at + 4, freshForMs, true);
    view.setFloat64(at + 12, ttlMs, true);
    const buffer = this.#buffer;
    const hashAt = start + HASH_AT;
    if (!hasHash(bytes, start)) view.setBigUint64(at + 20, computedHash(bytes, start), true);
    else for (let i = 0; i < HASH_BYTES; i++) buffer[at + 20 + i] = bytes[hashAt + i]!;
    at += VALUE_BYTES;
    for (let i = 0; i < length; i++) buffer[at + i] = bytes[typeAt + i]!;
    copyBytes(bytes, bodyAt, bodyAt + bodyBytes, buffer, at + length);
  }

  invalidate(key: string): void {
    const bytes = Buffer.byteLength(key);
    const at = this.#head(INVALIDATE, 0, bytes, 0, bytes);
    this.#buffer.write(key, at, "utf8");
  }

  dropAll(): void {
    this.#head(DROP_ALL, 0, 0, 0, 0);
  }

  failed(id: number, code: string, detail: string): void {
    const detailBytes = Buffer.byteLength(detail);
    const at = this.#head(FAILED, 0, code.length, id, 4 + code.length + detailBytes);
    this.#view.setUint32(at, detailBytes, true);
    this.#buffer.write(code, at + 4, "latin1");
    this.#buffer.write(detail, at + 4 + code.length, "utf8");
  }

  /** Writes an answer's head and makes room for `more` bytes; returns where they begin. */
  #head(kind: number, flags: number, textBytes: number, id: number, more: number): number {
    const at = this.#length;
    const end = at + ANSWER_BYTES + more;
    if (end > this.#buffer.length) this.#resize(Math.max(end, 2 * this.#buffer.length));
    const buffer = this.#buffer;
    buffer[at] = kind;
    buffer[at + 1] = flags;
    this.#view.setUint16(at + 2, textBytes, true);
    this.#view.setUint32(at + 4, id, true);
    this.#length = end;
    return at + ANSWER_BYTES;
  }

  #resize(bytes: number): void {
    const buffer = Buffer.allocUnsafeSlow(bytes);
    buffer.set(this.#buffer.subarray(0, this.#length), 0);
    this.#buffer = buffer;
    this.#view = new DataView(buffer.buffer);
  }
}
