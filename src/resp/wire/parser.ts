// Reads RESP commands out of a stream of chunks cut anywhere, bounded, without copying what arrived whole. Hot.
//
// The bounds and complaints are Redis's (networking.c: processMultibulkBuffer, processInlineBuffer), with one
// addition: a command that is too large for the cache, but not for the protocol, is read past and reported.

import { release } from "../../base/bytes/release.ts";
import {
  RESP_ARGUMENTS_MAX,
  RESP_BULK_BYTES_MAX,
  RESP_COMMAND_BYTES_MAX,
  RESP_GUEST_ARGUMENTS_MAX,
  RESP_GUEST_BYTES_MAX,
  RESP_LINE_BYTES_MAX,
  RESP_NUMBER_CHARS_MAX,
} from "../../base/limits.ts";
import { Arguments } from "./arguments.ts";
import { readGets, readSets, type GetRow } from "./get-row.ts";
import { splitInline } from "./inline.ts";

/** What `next` found: nothing whole yet, a command, one too large to be run, or what is no RESP at all. */
export const MORE = 0;
const COMMAND = 1;
export const OVERSIZED = 2;
export const BROKEN = 3;
export type ParserStatus = typeof MORE | typeof COMMAND | typeof OVERSIZED | typeof BROKEN;

const CR = 13;
const LF = 10;
const STAR = 42;
const DOLLAR = 36;
const MINUS = 45;
const ZERO = 48;
/** In the place of a length: its line is still to come, or is no number. */
const ABSENT = -2;
const MALFORMED = -3;
/** Digits that a double holds exactly; longer ones are out of every bound here. */
const DIGITS_MAX = 15;
/** Bytes that say where an argument lies. */
const PLACE_BYTES = 8;
/** What an argument costs beside its bytes: its place, and the string that a key becomes. */
const ARGUMENT_BYTES = 16;
const NOTHING = Buffer.alloc(0);
/** A larger buffer is not kept once its commands have been run. */
const KEPT_BYTES = 1024 * 1024;

export class Parser {
  /** The command that `next` reported, good until the next call of `next` or `feed`; empty for an empty one. */
  readonly args = new Arguments();
  /** Nobody has authenticated yet: bounds are narrow. */
  guest = true;
  /** Why `next` gave BROKEN, in Redis's words. */
  complaint = "";
  readonly #valueBytesMax: number;
  #buffer: Buffer = NOTHING;
  #at = 0;
  #end = 0;
  /** Arguments of the command in hand that are still to come; 0 between commands. */
  #missing = 0;
  /** Length of the argument in hand, or ABSENT. */
  #bulk = ABSENT;
  /** Where the command in hand begins, and how many bytes its arguments have so far. */
  #start = 0;
  #bytes = 0;
  /** The command in hand is too large: its arguments are read past, `#skip` bytes of the present one are left. */
  #oversized = false;
  #skip = 0;
  /** Bytes of an inline command already searched for its end. */
  #searched = 0;

  /** `valueBytesMax`: bytes of the largest value that may be stored. */
  constructor(valueBytesMax: number) {
    this.#valueBytesMax = valueBytesMax;
  }

  /** Bytes held that no command has used up. */
  get heldBytes(): number {
    return this.#end - (this.#missing > 0 ? this.#start : this.#at);
  }

  /** Bytes of memory that what is held takes up. */
  get bufferBytes(): number {
    return this.heldBytes === 0 && this.#buffer.length <= KEPT_BYTES
      ? 0
      : this.#buffer.length + PLACE_BYTES * this.args.count;
  }

  /** Takes `chunk`, which is the parser's from now on. */
  feed(chunk: Buffer): void {
    if (this.#at === this.#end && this.#missing === 0) {
      this.#buffer = chunk;
      this.#at = 0;
      this.#end = chunk.length;
    } else {
      this.#append(chunk);
    }
  }

  get buffer(): Buffer {
    return this.#buffer;
  }

  /** Lets a large buffer go once all of it has been run, the last of its commands whole. */
  trim(): void {
    if (this.#at < this.#end || this.#missing > 0 || this.#buffer.length <= KEPT_BYTES) return;
    this.#buffer = NOTHING;
    this.#at = 0;
    this.#end = 0;
    this.args.begin(NOTHING);
  }

  /** No byte is left to be read. */
  get isDrained(): boolean {
    return this.#at === this.#end;
  }

  /** Where the next command begins in `buffer`. */
  get position(): number {
    return this.#at;
  }

  /** Reads plain GETs ahead into `row`; they are still to be read by `next`, or to be passed over by `pass`. */
  readGets(row: GetRow): void {
    row.count = 0;
    row.to = 0;
    if (this.#missing === 0 && this.#searched === 0) readGets(row, this.#buffer, this.#at, this.#end);
  }

  /** Reads the keys of plain SETs ahead into `row`; they are still to be read by `next`. */
  readSets(row: GetRow): void {
    row.count = 0;
    row.to = 0;
    if (this.#missing === 0 && this.#searched === 0) readSets(row, this.#buffer, this.#at, this.#end);
  }

  /** Passes over the first `count` commands of `row`, which `readGets` has just read. */
  pass(row: GetRow, count: number): void {
    if (count > 0) this.#at = row.nexts[count - 1]!;
  }

  next(): ParserStatus {
    const { args } = this;
    if (this.#missing === 0) {
      if (this.#at >= this.#end) return MORE;
      if (this.#buffer[this.#at] !== STAR) return this.#inline();
      this.#start = this.#at;
      const count = this.#number();
      if (count === ABSENT) return MORE;
      if (count === MALFORMED || count > RESP_ARGUMENTS_MAX) return this.#broken("invalid multibulk length");
      if (this.guest && count > RESP_GUEST_ARGUMENTS_MAX) {
        return this.#broken("unauthenticated multibulk length");
      }
      args.begin(this.#buffer);
      if (count <= 0) return COMMAND;
      this.#missing = count;
      this.#bytes = 0;
      this.#oversized = false;
    }
    while (this.#missing > 0) {
      const status = this.#argument();
      if (status !== COMMAND) return status;
    }
    return this.#oversized ? OVERSIZED : COMMAND;
  }

  /** Reads one argument; COMMAND when it is there. */
  #argument(): ParserStatus {
    if (this.#bulk === ABSENT) {
      const status = this.#bulkLength();
      if (status !== COMMAND) return status;
    }
    if (this.#oversized) {
      const step = Math.min(this.#skip, this.#end - this.#at);
      this.#skip -= step;
      this.#at += step;
      if (this.#skip > 0) return MORE;
    } else {
      const to = this.#at + this.#bulk;
      if (to + 2 > this.#end) return MORE;
      this.args.push(this.#at, to);
      this.#at = to + 2;
    }
    this.#bulk = ABSENT;
    this.#missing -= 1;
    return COMMAND;
  }

  #bulkLength(): ParserStatus {
    if (this.#at >= this.#end) return MORE;
    const first = this.#buffer[this.#at]!;
    if (first !== DOLLAR) return this.#broken(`expected '$', got '${String.fromCharCode(first)}'`);
    const bulk = this.#number();
    if (bulk === ABSENT) return MORE;
    if (bulk < 0 || bulk > RESP_BULK_BYTES_MAX) return this.#broken("invalid bulk length");
    this.#bulk = bulk;
    this.#bytes += bulk + ARGUMENT_BYTES;
    if (this.guest && this.#bytes > RESP_GUEST_BYTES_MAX) return this.#broken("unauthenticated bulk length");
    if (bulk > this.#valueBytesMax || this.#bytes > this.#valueBytesMax + RESP_COMMAND_BYTES_MAX) {
      this.#oversized = true;
    }
    this.#skip = bulk + 2;
    return COMMAND;
  }

  /** The number behind the type's byte, as string2ll reads it; moves past its line when that is whole. */
  #number(): number {
    const buffer = this.#buffer;
    const end = this.#end;
    let at = this.#at + 1;
    let value = 0;
    let sign = 1;
    if (at < end && buffer[at] === MINUS) {
      sign = -1;
      at++;
    }
    const digits = at;
    const farthest = Math.min(end, digits + RESP_NUMBER_CHARS_MAX);
    let digit = 0;
    while (at < farthest) {
      digit = buffer[at]! - ZERO;
      if (digit < 0 || digit > 9) break;
      value = value * 10 + digit;
      at++;
    }
    if (at === end) return ABSENT;
    if (at === farthest || buffer[at] !== CR) return MALFORMED;
    if (at + 1 === end) return ABSENT;
    this.#at = at + 2;
    const length = at - digits;
    if (length === 0 || length > DIGITS_MAX) return MALFORMED;
    if (buffer[digits] === ZERO && (length > 1 || sign < 0)) return MALFORMED;
    return value * sign;
  }

  #inline(): ParserStatus {
    const lf = this.#buffer.indexOf(LF, this.#at + this.#searched);
    if (lf < 0 || lf >= this.#end) {
      this.#searched = this.#end - this.#at;
      return this.#searched > RESP_LINE_BYTES_MAX ? this.#broken("too big inline request") : MORE;
    }
    this.#searched = 0;
    const to = lf > this.#at && this.#buffer[lf - 1] === CR ? lf - 1 : lf;
    const words = splitInline(this.#buffer.subarray(this.#at, to));
    if (words === undefined) return this.#broken("unbalanced quotes in request");
    this.#at = lf + 1;
    this.args.begin(Buffer.from(words.join(""), "latin1"));
    let at = 0;
    for (const word of words) {
      this.args.push(at, at + word.length);
      at += word.length;
    }
    return COMMAND;
  }

  #broken(complaint: string): typeof BROKEN {
    this.complaint = complaint;
    return BROKEN;
  }

  /** Puts `chunk` behind what is held. The buffer at most doubles: a length that is only promised reserves little. */
  #append(chunk: Buffer): void {
    if (this.#buffer.length - this.#end < chunk.length) {
      const whole = this.#missing > 0 && !this.#oversized;
      const from = whole ? this.#start : this.#at;
      const kept = this.#end - from;
      const bytes = kept + chunk.length;
      const due = this.#bulk === ABSENT || !whole ? 0 : this.#at - from + this.#bulk + 2;
      const buffer = Buffer.allocUnsafeSlow(due > bytes ? Math.min(due, 2 * bytes) : 2 * bytes);
      buffer.set(this.#buffer.subarray(from, this.#end), 0);
      if (whole) this.args.move(buffer, from);
      // Nobody has seen any of it: no command in it was whole.
      if (from === 0) release(this.#buffer);
      this.#buffer = buffer;
      this.#at -= from;
      this.#start = 0;
      this.#end = kept;
    }
    this.#buffer.set(chunk, this.#end);
    this.#end += chunk.length;
    release(chunk);
  }
}
