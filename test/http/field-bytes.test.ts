// Bytes of request fields beyond ASCII: tags are UTF-8 as in JSON, stored fields come back byte for byte.

import { afterAll, beforeAll, expect, test } from "bun:test";
import { ask } from "../support/raw-http.ts";
import { rawRequest } from "../support/raw-request.ts";
import type { RawResponse } from "../support/response-parser.ts";
import { startServer, type RunningServer } from "../support/server.ts";

let server: RunningServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

function send(method: string, target: string, fields = "", body?: string): Promise<RawResponse> {
  const all = `x-api-key: ${server.key}\r\n${fields}`;
  return ask(server, rawRequest({ method, target, fields: all, ...(body === undefined ? {} : { body }) }));
}

const latin1 = (text: string) => Buffer.from(text).toString("latin1");
const codeOf = (response: RawResponse) => (JSON.parse(response.body.toString()) as { code: string }).code;

test.each(["é", "标签", "\u{1f600}", "\ufeffbom", "plain", "two words"])(
  "the tag %s of a field is the tag of /invalidate and of /batch",
  async (tag) => {
    const field = `Cache-Tag: first, ${latin1(tag)}\r\n`;
    expect((await send("PUT", "/cache/tagged", field, "x")).status).toBeLessThan(300);
    const batch = JSON.stringify({ set: [{ key: "batched", value: "x", tags: [tag] }] });
    expect((await send("POST", "/batch", "", latin1(batch))).status).toBe(200);
    const invalidated = await send("POST", "/invalidate", "", latin1(JSON.stringify({ tags: [tag] })));
    expect(invalidated.body.toString()).toBe('{"invalidated":2}');
    expect((await send("GET", "/cache/tagged")).status).toBe(404);
  },
);

test("a tag has at most 64 bytes, whichever way it comes", async () => {
  for (const [tag, fits] of [
    ["t".repeat(64), true],
    ["t".repeat(65), false],
    ["é".repeat(32), true],
    ["é".repeat(33), false],
    ["\u{1f600}".repeat(16), true],
    ["\u{1f600}".repeat(17), false],
  ] as const) {
    const put = await send("PUT", "/cache/long-tag", `Cache-Tag: ${latin1(tag)}\r\n`, "x");
    expect(put.status < 300).toBe(fits);
    if (!fits) expect(codeOf(put)).toBe("bad_tag");
    const batch = JSON.stringify({ set: [{ key: "long-tag", value: "x", tags: [tag] }] });
    expect((await send("POST", "/batch", "", latin1(batch))).status).toBe(fits ? 200 : 400);
  }
});

test.each(["\xe9", "\xc0\xaf", "\xed\xa0\x80", "a, \xff"])(
  "a tag that is not UTF-8 is refused: %j",
  async (tag) => {
    const refused = await send("PUT", "/cache/bad-tag", `Cache-Tag: ${tag}\r\n`, "x");
    expect([refused.status, codeOf(refused)]).toEqual([400, "bad_tag"]);
    expect((await send("GET", "/cache/bad-tag")).status).toBe(404);
  },
);

test.each([
  ["Content-Type", 'text/plain; name="\xe9"'],
  ["Content-Type", latin1('text/plain; name="é"')],
  ["Content-Type", "text/plain;\ta=b"],
  ["Cache-Control", "max-age=60, x=\xff"],
])("%s: %j comes back byte for byte", async (name, value) => {
  expect((await send("PUT", "/cache/field", `${name}: ${value}\r\n`, "x")).status).toBeLessThan(300);
  expect((await send("GET", "/cache/field")).field(name)).toBe(value);
  expect((await send("GET", "/cache/fiel%64?cold")).field(name)).toBe(value);
});
