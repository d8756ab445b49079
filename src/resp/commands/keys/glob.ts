// Matches keys against Redis's glob patterns: `*`, `?`, `[a-c]`, `[^a]`, and a backslash before what is meant as such.
//
// A pattern is compiled once; matching runs over UTF-16 units instead of bytes, so `?` is one character of the BMP.
// A pattern has at most RESP_PATTERN_CHARS_MAX characters, and matching one text costs at most the product of both
// lengths: of a class the low characters are looked up in a table, the others tried range by range.

import { RESP_PATTERN_CHARS_MAX } from "../../../base/limits.ts";

type Piece =
  | { readonly kind: "star" }
  | { readonly kind: "any" }
  | { readonly kind: "char"; readonly code: number }
  | { readonly kind: "class"; readonly has: CharacterClass };

export interface Glob {
  /** What every text that matches begins with. */
  readonly prefix: string;
  matches(text: string): boolean;
}

export const PATTERN_TOO_LONG = `ERR the pattern is longer than ${RESP_PATTERN_CHARS_MAX} characters`;

const STAR = 42;
const QUESTION = 63;
const OPEN = 91;
const CLOSE = 93;
const BACKSLASH = 92;
const CARET = 94;
const HYPHEN = 45;

/** `undefined`: the pattern is too long. */
export function compileGlob(pattern: string): Glob | undefined {
  if (pattern.length > RESP_PATTERN_CHARS_MAX) return undefined;
  const pieces: Piece[] = [];
  for (let at = 0; at < pattern.length;) {
    const code = pattern.charCodeAt(at);
    if (code === STAR) {
      if (pieces.at(-1)?.kind !== "star") pieces.push({ kind: "star" });
      at++;
    } else if (code === QUESTION) {
      pieces.push({ kind: "any" });
      at++;
    } else if (code === OPEN) {
      const has = new CharacterClass();
      at = readClass(pattern, at + 1, has);
      pieces.push({ kind: "class", has });
    } else {
      const isEscaped = code === BACKSLASH && at + 1 < pattern.length;
      pieces.push({ kind: "char", code: isEscaped ? pattern.charCodeAt(at + 1) : code });
      at += isEscaped ? 2 : 1;
    }
  }
  return { prefix: prefixOf(pieces), matches: (text) => matches(pieces, text) };
}

function prefixOf(pieces: readonly Piece[]): string {
  let prefix = "";
  for (const piece of pieces) {
    if (piece.kind !== "char") break;
    prefix += String.fromCharCode(piece.code);
  }
  return prefix;
}

/** The characters between two brackets. */
class CharacterClass {
  isNegated = false;
  readonly #low = new Uint8Array(256);
  /** Ranges beyond the table: first, last, first, last, … */
  readonly #high: number[] = [];

  add(from: number, to: number): void {
    const first = Math.min(from, to);
    const last = Math.max(from, to);
    for (let code = first; code <= last && code < 256; code++) this.#low[code] = 1;
    if (last >= 256) this.#high.push(Math.max(first, 256), last);
  }

  includes(code: number): boolean {
    if (code < 256) return (this.#low[code] === 1) !== this.isNegated;
    for (let i = 0; i < this.#high.length; i += 2) {
      if (code >= this.#high[i]! && code <= this.#high[i + 1]!) return !this.isNegated;
    }
    return this.isNegated;
  }
}

/** Reads the class whose content begins at `from`; gives where the pattern goes on. An open one ends with the pattern. */
function readClass(pattern: string, from: number, has: CharacterClass): number {
  let at = from;
  if (pattern.charCodeAt(at) === CARET) {
    has.isNegated = true;
    at++;
  }
  for (; at < pattern.length && pattern.charCodeAt(at) !== CLOSE; at++) {
    if (pattern.charCodeAt(at) === BACKSLASH && at + 1 < pattern.length) {
      at++;
      has.add(pattern.charCodeAt(at), pattern.charCodeAt(at));
    } else if (pattern.charCodeAt(at + 1) === HYPHEN && at + 2 < pattern.length) {
      has.add(pattern.charCodeAt(at), pattern.charCodeAt(at + 2));
      at += 2;
    } else {
      has.add(pattern.charCodeAt(at), pattern.charCodeAt(at));
    }
  }
  return at + 1;
}

/** Greedy, and back to the last star alone when it fails: no worse than the product of both lengths. */
function matches(pieces: readonly Piece[], text: string): boolean {
  let piece = 0;
  let at = 0;
  let star = -1;
  let starAt = 0;
  while (at < text.length) {
    const present = pieces[piece];
    if (present?.kind === "star") {
      star = piece++;
      starAt = at;
    } else if (present !== undefined && matchesOne(present, text.charCodeAt(at))) {
      piece++;
      at++;
    } else if (star >= 0) {
      piece = star + 1;
      at = ++starAt;
    } else {
      return false;
    }
  }
  while (pieces[piece]?.kind === "star") piece++;
  return piece === pieces.length;
}

function matchesOne(piece: Piece, code: number): boolean {
  switch (piece.kind) {
    case "star":
      return false;
    case "any":
      return true;
    case "char":
      return piece.code === code;
    case "class":
      return piece.has.includes(code);
  }
}
