// Whether a text in JSON is of a shape that is parsed in a few ms: told from its bytes, before anything is made. Cold.
//
// Strings cost little however long; arrays, objects and their members cost a hundred times their bytes.

import { JSON_DEPTH_MAX, JSON_MARKS_MAX } from "../../base/limits.ts";

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_ARRAY = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** What is too much in `text`, or nothing. A text that is no JSON is not looked at further than it makes sense. */
export function jsonExcess(text: Buffer): string | undefined {
  let marks = 0;
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    switch (text[at]) {
      case QUOTE:
        at = stringEnd(text, at + 1);
        break;
      case OPEN_ARRAY:
      case OPEN_OBJECT:
        depth += 1;
        marks += 1;
        break;
      case CLOSE_ARRAY:
      case CLOSE_OBJECT:
        depth -= 1;
        break;
      case COMMA:
      case COLON:
        marks += 1;
    }
    if (marks > JSON_MARKS_MAX) return `more than ${JSON_MARKS_MAX} items and members`;
    if (depth > JSON_DEPTH_MAX) return `arrays and objects more than ${JSON_DEPTH_MAX} deep`;
  }
  return undefined;
}

/** Up to so many bytes a string is gone through faster than it is searched. */
const SHORT_BYTES = 24;

/** Where the string's closing quote is, from `from` on; the text's end where there is none. */
function stringEnd(text: Buffer, from: number): number {
  for (let at = from; at < from + SHORT_BYTES; at++) {
    const byte = text[at];
    if (byte === QUOTE) return at;
    if (byte === BACKSLASH) at++;
  }
  for (let at = text.indexOf(QUOTE, from); at >= 0; at = text.indexOf(QUOTE, at + 1)) {
    let before = at - 1;
    while (before >= from && text[before] === BACKSLASH) before--;
    if ((at - before) % 2 === 1) return at;
  }
  return text.length;
}
