// The strict parser itself: what it takes, and what it refuses.

import { expect, test } from "bun:test";
import { MalformedResponse, parseResponses } from "./response-parser.ts";

const parse = (text: string, methods?: readonly string[]) =>
  parseResponses(Buffer.from(text, "latin1"), methods);
const OK = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc";

test("responses are told apart by their framing", () => {
  const chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nde\r\n1\r\nf\r\n0\r\n\r\n";
  const { responses, restBytes } = parse(
    `${OK}${chunked}HTTP/1.1 204 No Content\r\nA: \xe9 b\r\n\r\n${OK}HT`,
  );
  expect(responses.map((response) => [response.status, response.body.toString()])).toEqual([
    [200, "abc"],
    [200, "def"],
    [204, ""],
    [200, "abc"],
  ]);
  expect(responses[2]!.field("a")).toBe("\xe9 b");
  expect(restBytes).toBe(2);
});

test("the answer to a HEAD has no body, interim ones do not count", () => {
  const head = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n";
  expect(parse(head + OK, ["HEAD", "GET"]).responses.map(({ status }) => status)).toEqual([100, 200, 200]);
});

test("an unfinished response is left over", () => {
  for (const text of ["H", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab", OK.slice(0, 20)]) {
    expect(parse(text)).toEqual({ responses: [], restBytes: text.length });
  }
});

test("a bare refusal is taken only as the last", () => {
  const bare = "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n";
  expect(parse(OK + bare).responses.map(({ isBare }) => isBare)).toEqual([false, true]);
  expect(() => parse(bare + OK)).toThrow(MalformedResponse);
});

test.each([
  ["no status line", "abc"],
  ["another version", "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n"],
  ["no framing", "HTTP/1.1 200 OK\r\nA: b\r\n\r\n"],
  ["both ways of framing", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n"],
  ["two lengths", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc"],
  ["a 204 with a length", "HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n"],
  ["a space before the colon", "HTTP/1.1 200 OK\r\nContent-Length : 0\r\n\r\n"],
  ["a control character", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nA: b\x01\r\n\r\n"],
  ["a bare line feed", "HTTP/1.1 200 OK\r\nA: b\nContent-Length: 0\r\n\r\n"],
  ["bytes after the body", `${OK}\r\n`],
  ["a bad chunk size", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n+1\r\na\r\n0\r\n\r\n"],
  ["a chunk of another size", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n0\r\n\r\n"],
])("refused: %s", (_, text) => {
  expect(() => parse(text)).toThrow(MalformedResponse);
});
