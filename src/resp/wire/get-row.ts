// Plain GETs, or SETs, that come one behind the other in a client's bytes, read ahead together. Hot.

import { KEY_BYTES_MAX } from "../../base/limits.ts";
import { createKeyRow, KEY_ROW_MAX, type KeyRow } from "../../cache/key-row.ts";

export interface GetRow extends KeyRow {
  /** Where each command ends. */
  readonly nexts: Int32Array;
  /** Where the last one ends; 0: there is none. */
  to: number;
}

const CR = 13;
const STAR = 42;
const DOLLAR = 36;
const ZERO = 48;
/** How a command begins: how many arguments it has, and its name in lower case. */
interface Head {
  readonly count: number;
  readonly first: number;
  readonly second: number;
  readonly third: number;
}

const GET: Head = { count: 2, first: 103, second: 101, third: 116 };
const SET: Head = { count: 3, first: 115, second: 101, third: 116 };

/** `*2`, `$3`, `GET`, `$`, with the line ends between them. */
const HEAD_BYTES = 14;
/** A digit, a key of one byte, two line ends. */
const REST_BYTES_MIN = 6;

export function createGetRow(): GetRow {
  return { ...createKeyRow(), nexts: new Int32Array(KEY_ROW_MAX), to: 0 };
}

/** Puts the GETs of one key that lie whole in `buffer` between `from` and `end`, the first at `from`, into `row`. */
export function readGets(row: GetRow, buffer: Buffer, from: number, end: number): void {
  let at = from;
  while (row.count < KEY_ROW_MAX) {
    if (at + HEAD_BYTES + REST_BYTES_MIN > end || !isHead(buffer, at, GET)) return;
    at += HEAD_BYTES;
    let size = 0;
    let digit = buffer[at]! - ZERO;
    if (digit === 0) return;
    while (digit >= 0 && digit <= 9 && size <= KEY_BYTES_MAX) {
      size = size * 10 + digit;
      digit = buffer[++at]! - ZERO;
    }
    const start = at + 2;
    const next = start + size + 2;
    if (next > end || size > KEY_BYTES_MAX || buffer[at] !== CR) return;
    row.starts[row.count] = start;
    row.ends[row.count] = start + size;
    row.nexts[row.count] = next;
    row.count += 1;
    row.to = next;
    at = next;
  }
}

/** As `readGets`, the keys of SETs of a value and nothing else. */
export function readSets(row: GetRow, buffer: Buffer, from: number, end: number): void {
  let at = from;
  while (row.count < KEY_ROW_MAX) {
    if (at + HEAD_BYTES + REST_BYTES_MIN > end || !isHead(buffer, at, SET)) return;
    at += HEAD_BYTES;
    let size = 0;
    for (let digit = buffer[at]! - ZERO; digit >= 0 && digit <= 9 && size <= KEY_BYTES_MAX;) {
      size = size * 10 + digit;
      digit = buffer[++at]! - ZERO;
    }
    const start = at + 2;
    at = start + size + 2;
    if (size > KEY_BYTES_MAX || at >= end || buffer[at] !== DOLLAR) return;
    let valueBytes = 0;
    at += 1;
    for (let digit = buffer[at]! - ZERO; digit >= 0 && digit <= 9 && valueBytes < end;) {
      valueBytes = valueBytes * 10 + digit;
      digit = buffer[++at]! - ZERO;
    }
    at += 4 + valueBytes;
    if (at > end) return;
    row.starts[row.count] = start;
    row.ends[row.count] = start + size;
    row.count += 1;
    row.to = at;
  }
}

/** As lax as Redis is with line ends: it looks at the first of their two bytes. */
function isHead(buffer: Buffer, at: number, { count, first, second, third }: Head): boolean {
  return (
    buffer[at] === STAR &&
    buffer[at + 1] === ZERO + count &&
    buffer[at + 2] === CR &&
    buffer[at + 4] === DOLLAR &&
    buffer[at + 5] === ZERO + 3 &&
    buffer[at + 6] === CR &&
    (buffer[at + 8]! | 32) === first &&
    (buffer[at + 9]! | 32) === second &&
    (buffer[at + 10]! | 32) === third &&
    buffer[at + 13] === DOLLAR
  );
}
