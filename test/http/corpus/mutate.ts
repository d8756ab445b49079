// Mutates the corpus: bytes changed, lines moved, requests spliced, so that framing comes out wrong in new ways.

import { numbered, type Case } from "./case.ts";
import { CORPUS } from "./corpus.ts";

/** Uniform in [0, 1). */
export type Random = () => number;

const MUTATIONS_MAX = 4;
/** Longer cases are about limits, and cost more than they tell. */
const BYTES_MAX = 4_000;
// A HEAD's answer looks unfinished to who does not know that it is one; and some never end by themselves.
const BASES = CORPUS.filter(
  (one) => one.bytes.length <= BYTES_MAX && one.methods === undefined && one.ends === undefined,
);
const MORSELS = [
  "\r\n",
  "\n",
  "\r",
  "\r\n\r\n",
  " ",
  "\t",
  "\0",
  ":",
  ";",
  ",",
  "\x7f",
  "\xff",
  "\x0b",
  "0",
  "1",
  "3",
  "a",
  "%",
  "%00",
  "%0d%0a",
  "/",
  "\\",
  "..",
  "#",
  "?",
  "*",
  '"',
  "-1",
  "+",
  "0x",
  "0\r\n\r\n",
  "3\r\nabc\r\n",
  "HTTP/1.1",
  "HTTP/1.0",
  "Content-Length: 0\r\n",
  "Content-Length: 3\r\n",
  "Content-Length: 5\r\n",
  "Transfer-Encoding: chunked\r\n",
  "Transfer-Encoding: identity\r\n",
  "Host: other.test\r\n",
  "Connection: close\r\n",
  "Connection: keep-alive\r\n",
  "Content-Encoding: gzip\r\n",
  "X-A: b\r\n c\r\n",
  "Upgrade: h2c\r\n",
  " chunked",
  "GET ",
  "PUT ",
  "DELETE ",
];

/** The bytes of mutated case `number`: the same for the same randomness. */
export function mutated(random: Random, number: number): string {
  const below = (end: number) => Math.floor(random() * end);
  const pick = <T>(values: readonly T[]): T => values[below(values.length)]!;
  const base = (): string => numbered(pick<Case>(BASES).bytes, number);
  let bytes = base();
  for (let left = 1 + below(MUTATIONS_MAX); left > 0; left--) {
    const at = below(bytes.length + 1);
    const to = Math.min(bytes.length, at + 1 + below(8));
    switch (below(8)) {
      case 0:
        bytes = bytes.slice(0, at) + pick(MORSELS) + bytes.slice(at);
        break;
      case 1:
        bytes = bytes.slice(0, at) + pick(MORSELS) + bytes.slice(to);
        break;
      case 2:
        bytes = bytes.slice(0, at) + bytes.slice(to);
        break;
      case 3:
        bytes = bytes.slice(0, at) + String.fromCharCode(below(256)) + bytes.slice(at + 1);
        break;
      case 4:
        bytes = bytes.slice(0, to) + bytes.slice(at);
        break;
      case 5:
        bytes = withLineMoved(bytes, below);
        break;
      case 6: {
        const other = base();
        bytes = bytes.slice(0, at) + other.slice(below(other.length));
        break;
      }
      case 7:
        bytes = withNumberChanged(bytes, below);
        break;
    }
  }
  return bytes;
}

/** A line taken out, and put in somewhere else or twice. */
function withLineMoved(bytes: string, below: (end: number) => number): string {
  const lines = bytes.split("\r\n");
  const from = below(lines.length);
  const [line = ""] = below(2) === 0 ? lines.splice(from, 1) : lines.slice(from);
  lines.splice(below(lines.length + 1), 0, line);
  return lines.join("\r\n");
}

/** A number somewhere (a length, a chunk's size, a version) made a little larger or smaller. */
function withNumberChanged(bytes: string, below: (end: number) => number): string {
  const numbers = [...bytes.matchAll(/\d+/g)];
  const match = numbers[below(numbers.length)];
  if (match === undefined) return bytes;
  const changed = Math.max(0, Number(match[0]) + below(9) - 4);
  return bytes.slice(0, match.index) + String(changed) + bytes.slice(match.index + match[0].length);
}
