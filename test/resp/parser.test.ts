// The RESP parser: the same commands however the stream is cut, and no harm from garbage, within its bounds.

import { expect, test } from "bun:test";
import fc from "fast-check";
import { RESP_LINE_BYTES_MAX } from "../../src/base/limits.ts";
import { BROKEN, MORE, OVERSIZED, Parser } from "../../src/resp/wire/parser.ts";
import { encodeCommand } from "../support/resp-connection.ts";

const VALUE_BYTES_MAX = 4_096;

function parserOf(): Parser {
  const parser = new Parser(VALUE_BYTES_MAX);
  parser.guest = false;
  return parser;
}

/** All that a parser makes of `chunks`, as texts. */
function read(chunks: readonly Buffer[], parser = parserOf()): string[] {
  const found: string[] = [];
  for (const chunk of chunks) {
    parser.feed(Buffer.from(chunk));
    for (;;) {
      const status = parser.next();
      if (status === MORE) break;
      if (status === BROKEN) return [...found, `broken: ${parser.complaint}`];
      if (status === OVERSIZED) {
        found.push("oversized");
        continue;
      }
      const { args } = parser;
      found.push(JSON.stringify(Array.from({ length: args.count }, (_, i) => args.latin1(i))));
    }
  }
  return found;
}

function cut(bytes: Buffer, points: readonly number[]): Buffer[] {
  const at = [...new Set([0, ...points.map((point) => point % (bytes.length + 1)), bytes.length])].sort(
    (a, b) => a - b,
  );
  return at.slice(1).map((to, i) => bytes.subarray(at[i], to));
}

const word = fc.oneof(
  { weight: 5, arbitrary: fc.uint8Array({ maxLength: 40 }) },
  { weight: 1, arbitrary: fc.uint8Array({ minLength: 3_000, maxLength: 6_000 }) },
);
const multibulk = fc.array(word, { minLength: 1, maxLength: 6 }).map(encodeCommand);
const inline = fc
  .array(fc.stringMatching(/^[a-z0-9]{1,12}$/), { minLength: 1, maxLength: 4 })
  .map((words) => Buffer.from(`${words.join(" ")}\r\n`));
const empty = fc.constantFrom("\r\n", "\n", "*0\r\n", "*-1\r\n").map((text) => Buffer.from(text));
const stream = fc
  .array(
    fc.oneof(
      { weight: 6, arbitrary: multibulk },
      { weight: 2, arbitrary: inline },
      { weight: 1, arbitrary: empty },
    ),
    {
      minLength: 1,
      maxLength: 8,
    },
  )
  .map((parts) => Buffer.concat(parts));
const points = fc.array(fc.nat(), { maxLength: 12 });

/** Bytes near enough to RESP to get deep into the parser. */
const nearly = fc
  .array(
    fc.oneof(
      { weight: 3, arbitrary: multibulk },
      {
        weight: 2,
        arbitrary: fc
          .constantFrom("*", "$", "\r\n", "-1", "*1\r\n", "*2\r\n$3\r\n", "$3\r\nGET\r\n", "0")
          .map((text) => Buffer.from(text)),
      },
      { weight: 2, arbitrary: fc.nat(99_999_999).map((n) => Buffer.from(`$${n}\r\n`)) },
      { weight: 2, arbitrary: fc.nat(99_999_999).map((n) => Buffer.from(`*${n}\r\n`)) },
      { weight: 2, arbitrary: fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes)) },
      { weight: 1, arbitrary: fc.string({ maxLength: 30 }).map((text) => Buffer.from(`"${text}'\n`)) },
    ),
    { maxLength: 10 },
  )
  .map((parts) => Buffer.concat(parts));

test("a stream means the same however it is cut", () => {
  fc.assert(
    fc.property(stream, points, (bytes, at) => {
      expect(read(cut(bytes, at))).toEqual(read([bytes]));
    }),
    { numRuns: 1_000 },
  );
});

test("a byte at a time, too", () => {
  fc.assert(
    fc.property(stream, (bytes) => {
      const single = Array.from({ length: bytes.length }, (_, i) => bytes.subarray(i, i + 1));
      expect(read(single)).toEqual(read([bytes]));
    }),
    { numRuns: 50 },
  );
});

test("garbage is refused alike however it is cut, never thrown over, and holds no more than was sent", () => {
  fc.assert(
    fc.property(nearly, points, (bytes, at) => {
      const parser = parserOf();
      expect(read(cut(bytes, at), parser)).toEqual(read([bytes]));
      expect(parser.heldBytes).toBeLessThanOrEqual(bytes.length);
    }),
    { numRuns: 3_000 },
  );
});

test("a command that is too large is read past, and the next one is whole", () => {
  const large = encodeCommand(["set", "k", Buffer.alloc(VALUE_BYTES_MAX + 1)]);
  const next = encodeCommand(["get", "k"]);
  expect(read([large, next])).toEqual(["oversized", '["get","k"]']);
  expect(read(cut(Buffer.concat([large, next]), [10, 100, 3_000, large.length - 1]))).toEqual([
    "oversized",
    '["get","k"]',
  ]);
});

test("what is only promised takes no memory", () => {
  const parser = new Parser(512 * 1024 * 1024);
  parser.guest = false;
  parser.feed(Buffer.from("*3\r\n$3\r\nset\r\n$1\r\nk\r\n$500000000\r\nabc"));
  expect(parser.next()).toBe(MORE);
  const before = process.memoryUsage().arrayBuffers;
  parser.feed(Buffer.from("def"));
  expect(parser.next()).toBe(MORE);
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1_000_000);
});

for (const [name, bytes, complaint] of [
  ["a count that is no number", "*x\r\n", "invalid multibulk length"],
  ["a count beyond all bounds", "*2147483648\r\n", "invalid multibulk length"],
  ["a bulk that is none", "*1\r\n+OK\r\n", "expected '$', got '+'"],
  ["a negative bulk", "*1\r\n$-1\r\n", "invalid bulk length"],
  ["a bulk beyond all bounds", "*1\r\n$536870913\r\n", "invalid bulk length"],
  ["a number that does not end", `*${"1".repeat(100)}`, "invalid multibulk length"],
  ["a line that does not end", "x".repeat(RESP_LINE_BYTES_MAX + 1), "too big inline request"],
  ["unbalanced quotes", 'set k "v\r\n', "unbalanced quotes in request"],
] as const) {
  test(`refused: ${name}`, () => {
    expect(read([Buffer.from(bytes)])).toEqual([`broken: ${complaint}`]);
  });
}

for (const [bytes, complaint] of [
  ["*11\r\n", "unauthenticated multibulk length"],
  ["*1\r\n$16385\r\n", "unauthenticated bulk length"],
] as const) {
  test(`refused before AUTH: ${complaint}`, () => {
    const parser = new Parser(VALUE_BYTES_MAX);
    expect(read([Buffer.from(bytes)], parser)).toEqual([`broken: ${complaint}`]);
  });
}

test("inline words follow Redis's quoting", () => {
  expect(read([Buffer.from('set "a\\x41\\n\\"" \'it\\\'s\' pla"in"\r\n')])).toEqual([
    JSON.stringify(["set", 'aA\n"', "it's", "plain"]),
  ]);
});

test("a large buffer is let go of once its commands have been run, not before", () => {
  const parser = new Parser(8 * 1024 * 1024);
  parser.guest = false;
  const bytes = encodeCommand(["SET", "k", Buffer.alloc(2 * 1024 * 1024)]);
  for (let at = 0; at < bytes.length; at += 300_000) {
    expect(parser.next()).toBe(MORE);
    parser.feed(Buffer.from(bytes.subarray(at, at + 300_000)));
    parser.trim();
  }
  parser.next();
  expect(parser.args.bytes(2).length).toBe(2 * 1024 * 1024);
  expect(parser.bufferBytes).toBeGreaterThan(2 * 1024 * 1024);
  parser.trim();
  expect([parser.bufferBytes, parser.buffer.length]).toEqual([0, 0]);
  expect(read([encodeCommand(["PING"])], parser)).toEqual(['["PING"]']);
});
