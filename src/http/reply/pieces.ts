// The text of a large JSON answer as it grows, in pieces: bounded, charged as bytes in flight, made in short turns. Cold.

import { isUtf8 } from "node:buffer";
import { release } from "../../base/bytes/release.ts";
import { BATCH_REPLY_BYTES_MAX } from "../../base/limits.ts";
import { CacheeError } from "../../base/errors.ts";
import type { MaybePromise } from "../../base/maybe-promise.ts";
import type { Turn } from "../turn.ts";
import type { Charge } from "../charge.ts";

/** Characters that are gathered before they become a piece. */
const TEXT_CHARS_MAX = 64 * 1024;
/** Bytes of a value that are encoded at once: a multiple of three, as base64 wants it. */
const SLICE_BYTES = 3 * 64 * 1024;

type Encoding = "utf8" | "base64";

export class Pieces {
  readonly #charge: Charge;
  readonly #turn: Turn;
  readonly #pieces: Buffer[] = [];
  #text = "";
  #bytes = 0;
  #base64Bytes = 0;

  constructor(charge: Charge, turn: Turn) {
    this.#charge = charge;
    this.#turn = turn;
  }

  /** Most of it is text, rather than base64. */
  get isText(): boolean {
    return 2 * this.#base64Bytes <= this.#bytes;
  }

  /** Throws `body_too_large` past BATCH_REPLY_BYTES_MAX in all, and `overloaded`. */
  addText(text: string): void {
    this.#text += text;
    if (this.#text.length > TEXT_CHARS_MAX) this.#flush();
  }

  /**
   * Adds `value` as a JSON string: as it is where it is UTF-8, else in base64, unless one is `wanted`. Gives which, at
   * once where it is short. It is copied where that takes several turns, for what lies in L1 may move as soon as something
   * else runs.
   */
  addString(value: Uint8Array, wanted?: Encoding): MaybePromise<Encoding> {
    this.#check(value.length);
    const bytes = Buffer.from(value.buffer, value.byteOffset, value.length);
    const encoding = wanted ?? (isUtf8(bytes) ? "utf8" : "base64");
    if (encoding === "base64") this.#base64Bytes += value.length;
    if (value.length > SLICE_BYTES) return this.#addSlices(bytes, encoding);
    this.addText(
      encoding === "utf8" ? JSON.stringify(bytes.toString("utf8")) : `"${bytes.toString("base64")}"`,
    );
    return encoding;
  }

  async #addSlices(value: Buffer, encoding: Encoding): Promise<Encoding> {
    this.#charge.cover(this.#bytes + value.length);
    const bytes = Buffer.from(value);
    // It keeps what a slice has of a character that is cut, and has U+FFFD for what is none.
    const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
    this.addText('"');
    this.#flush();
    for (let from = 0; from < bytes.length; from += SLICE_BYTES) {
      const slice = bytes.subarray(from, from + SLICE_BYTES);
      const stream = from + SLICE_BYTES < bytes.length;
      if (encoding === "base64") this.#addPiece(Buffer.from(slice.toString("base64"), "latin1"));
      else this.#addPiece(Buffer.from(JSON.stringify(decoder.decode(slice, { stream })).slice(1, -1)));
      if (stream && this.#turn.isOver) await this.#turn.rest();
    }
    this.addText('"');
    release(bytes);
    return encoding;
  }

  /** All of it; nothing is added afterwards. */
  finish(): readonly Buffer[] {
    this.#flush();
    return this.#pieces;
  }

  #flush(): void {
    if (this.#text === "") return;
    const text = this.#text;
    this.#text = "";
    this.#addPiece(Buffer.from(text, "utf8"));
  }

  /** Behind all text that was added. */
  #addPiece(piece: Buffer): void {
    this.#check(piece.length);
    this.#bytes += piece.length;
    this.#charge.cover(this.#bytes);
    this.#pieces.push(piece);
  }

  #check(more: number): void {
    if (this.#bytes + more <= BATCH_REPLY_BYTES_MAX) return;
    throw new CacheeError(
      "body_too_large",
      `The answer is larger than ${BATCH_REPLY_BYTES_MAX} bytes: ask for fewer keys at once.`,
    );
  }
}
