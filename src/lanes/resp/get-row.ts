// Plain GETs that come one behind the other in a client's bytes, read ahead together. Hot.

import { KEY_BYTES_MAX } from "../../base/limits.ts";
import { createKeyRow, FORESEEN_MAX, type KeyRow } from "../../cache/foresight.ts";

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
/** `*2`, `$3`, `GET`, `$`, with the line ends between them. */
const HEAD_BYTES = 14;
/** A digit, a key of one byte, two line ends. */
const REST_BYTES_MIN = 6;

export function createGetRow(): GetRow {
  return { ...createKeyRow(), nexts: new Int32Array(FORESEEN_MAX), to: 0 };
}

/** Puts the GETs of one key that lie whole in `buffer` between `from` and `end`, the first at `from`, into `row`. */
export function readGets(row: GetRow, buffer: Buffer, from: number, end: number): void {
  let at = from;
  while (row.count < FORESEEN_MAX) {
    if (at + HEAD_BYTES + REST_BYTES_MIN > end || !isGetHead(buffer, at)) return;
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

/** As lax as Redis is with line ends: it looks at the first of their two bytes. */
function isGetHead(buffer: Buffer, at: number): boolean {
  return (
    buffer[at] === STAR &&
    buffer[at + 1] === ZERO + 2 &&
    buffer[at + 2] === CR &&
    buffer[at + 4] === DOLLAR &&
    buffer[at + 5] === ZERO + 3 &&
    buffer[at + 6] === CR &&
    (buffer[at + 8]! | 32) === 103 &&
    (buffer[at + 9]! | 32) === 101 &&
    (buffer[at + 10]! | 32) === 116 &&
    buffer[at + 13] === DOLLAR
  );
}
