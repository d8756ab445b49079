// How a peer is asked: the bytes of reads and writes, and where an answer ends. Hot in part.

import { noise } from "../../load/value.ts";

/** How to spell requests of HTTP; a key is `bench:` and six digits. */
export interface HttpWay {
  readonly protocol: "http";
  /** The path of a read is `readBefore`, the key, `readAfter`. */
  readonly readBefore: string;
  readonly readAfter: string;
  /** Lines such as `x-api-key: abc`. */
  readonly fields: readonly string[];
  /** What stands for a write; where it has no body the server fetches the value anew by itself. */
  readonly write: HttpWrite | undefined;
}

interface HttpWrite {
  readonly method: string;
  readonly before: string;
  readonly fields: readonly string[];
  readonly hasBody: boolean;
}

export type Way = HttpWay | RespWay | { readonly protocol: "memcached" };

export interface RespWay {
  readonly protocol: "resp";
  readonly password?: string;
  /** A read is an MGET of so many keys; one that is absent is nobody's fault then. */
  readonly keysAtOnce?: number;
}

/**
 * Bytes of the whole answer that begins at `start`, known as soon as its head is there; negative: the same of an answer
 * that is an error or a miss; 0: the head is not whole. An array of RESP is all head.
 */
export type AnswerBytes = (bytes: Uint8Array, start: number, end: number) => number;

const CR = 13;
const LF = 10;
const LETTER_L = 0x6c;
const CASE_BIT = 0x20;
const DOLLAR = 0x24;
const ASTERISK = 0x2a;
const KEY_DIGITS = 6;
const LETTER_V = 0x56;
/** From the start of the status line to its code. */
const STATUS_AT = "HTTP/1.1 ".length;
const CONTENT_LENGTH = "content-length";
const END_BYTES = "\r\nEND\r\n".length;

export function keyOf(i: number): string {
  return `bench:${String(i).padStart(KEY_DIGITS, "0")}`;
}

function commandOf(...words: readonly string[]): Buffer {
  return Buffer.from(`*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join("")}`);
}

export function readOf(way: Way, key: string): Buffer {
  switch (way.protocol) {
    case "http":
      return Buffer.from(headOf("GET", `${way.readBefore}${key}${way.readAfter}`, way.fields));
    case "resp": {
      const { keysAtOnce } = way;
      if (keysAtOnce === undefined) return commandOf("GET", key);
      const first = Number(key.slice(-KEY_DIGITS));
      return commandOf("MGET", ...Array.from({ length: keysAtOnce }, (_, i) => keyOf(first + i)));
    }
    case "memcached":
      return Buffer.from(`get ${key}\r\n`);
  }
}

/** Nothing where the peer has no way to write; `seed` chooses the value. */
export function writeOf(way: Way, key: string, bytes: number, seed: number): Buffer | undefined {
  const value = noise(bytes, seed);
  switch (way.protocol) {
    case "http": {
      const { write } = way;
      if (write === undefined) return undefined;
      const fields = [...way.fields, ...write.fields];
      if (!write.hasBody) return Buffer.from(headOf(write.method, write.before + key, fields));
      const head = headOf(write.method, write.before + key, [...fields, `Content-Length: ${bytes}`]);
      return Buffer.concat([Buffer.from(head), value]);
    }
    case "resp": {
      const head = `*3\r\n$3\r\nSET\r\n$${key.length}\r\n${key}\r\n$${bytes}\r\n`;
      return Buffer.concat([Buffer.from(head), value, Buffer.from("\r\n")]);
    }
    case "memcached":
      return Buffer.concat([Buffer.from(`set ${key} 0 0 ${bytes}\r\n`), value, Buffer.from("\r\n")]);
  }
}

/** What a connection says first, answered by one line. */
export function greetingOf(way: Way): Buffer | undefined {
  return way.protocol === "resp" && way.password !== undefined ? commandOf("AUTH", way.password) : undefined;
}

export function answerBytesOf(way: Way): AnswerBytes {
  return { http: httpAnswerBytes, resp: respAnswerBytes, memcached: memcachedAnswerBytes }[way.protocol];
}

function headOf(method: string, path: string, fields: readonly string[]): string {
  return [`${method} ${path} HTTP/1.1`, "Host: 127.0.0.1", ...fields, "", ""].join("\r\n");
}

function httpAnswerBytes(bytes: Uint8Array, start: number, end: number): number {
  let length = 0;
  for (let at = start; at < end; at++) {
    if (bytes[at] !== LF) continue;
    if (at + 2 < end && bytes[at + 1] === CR && bytes[at + 2] === LF) {
      const whole = at + 3 - start + length;
      return bytes[start + STATUS_AT] === 0x32 ? whole : -whole;
    }
    if (isContentLength(bytes, at + 1, end)) length = numberAt(bytes, at + 1 + CONTENT_LENGTH.length + 1);
  }
  return 0;
}

function isContentLength(bytes: Uint8Array, start: number, end: number): boolean {
  // The letter that tells it from other fields with a content of their own comes first.
  if (start + CONTENT_LENGTH.length >= end || (bytes[start + 8]! | CASE_BIT) !== LETTER_L) return false;
  for (let i = 0; i < CONTENT_LENGTH.length; i++) {
    if ((bytes[start + i]! | CASE_BIT) !== (CONTENT_LENGTH.charCodeAt(i) | CASE_BIT)) return false;
  }
  return true;
}

/** The decimal number at `at`, after any spaces; ends at the first byte that is no digit. */
function numberAt(bytes: Uint8Array, at: number): number {
  let value = 0;
  let from = at;
  while (bytes[from] === 0x20) from++;
  for (let digit = bytes[from]! - 0x30; digit >= 0 && digit <= 9; digit = bytes[++from]! - 0x30) {
    value = value * 10 + digit;
  }
  return value;
}

function lineEnd(bytes: Uint8Array, start: number, end: number): number {
  for (let at = start; at < end; at++) if (bytes[at] === LF) return at + 1;
  return 0;
}

function respAnswerBytes(bytes: Uint8Array, start: number, end: number): number {
  const line = lineEnd(bytes, start, end);
  if (line === 0) return 0;
  if (bytes[start] === DOLLAR && bytes[start + 1] !== 0x2d) {
    return line - start + numberAt(bytes, start + 1) + 2;
  }
  if (bytes[start] !== ASTERISK) return bytes[start] === 0x2b ? line - start : start - line;
  let at = line;
  for (let i = numberAt(bytes, start + 1); i > 0; i--) {
    const answer = Math.abs(respAnswerBytes(bytes, at, end));
    if (answer === 0 || at + answer > end) return 0;
    at += answer;
  }
  return at - start;
}

/** A hit is `VALUE key flags bytes`, the value and `END`. */
function memcachedAnswerBytes(bytes: Uint8Array, start: number, end: number): number {
  const line = lineEnd(bytes, start, end);
  if (line === 0) return 0;
  if (bytes[start] === LETTER_V) {
    let at = line;
    while (bytes[at - 1] !== 0x20) at--;
    return line - start + numberAt(bytes, at) + END_BYTES;
  }
  // STORED, or END alone: a miss.
  return bytes[start] === 0x53 ? line - start : start - line;
}
