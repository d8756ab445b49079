// How API keys are written: what is read as which key, and what is refused so that no mistake becomes a secret.

import { expect, test } from "bun:test";
import { parseApiKeys } from "../../src/auth/parse-keys.ts";

const DIGEST = new Bun.CryptoHasher("sha256").update("a-secret").digest("hex");
const BARE = "sixteen-chars-or-more";

const parse = (text: string) => parseApiKeys(text, ",", "KEYS");
const parseFile = (text: string) => parseApiKeys(text, "\n", "FILE");

test("entries with and without prefix, bare ones, digests", () => {
  const text = `app:read+write:shop/=s3cret, ops:admin=sha256:${DIGEST.toUpperCase()},${BARE}`;
  expect(parse(text)).toEqual([
    {
      key: { name: "app", read: true, write: true, admin: false, prefix: "shop/" },
      secret: { kind: "clear", text: "s3cret" },
    },
    {
      key: { name: "ops", read: false, write: false, admin: true, prefix: "" },
      secret: { kind: "sha256", digest: Uint8Array.fromHex(DIGEST) },
    },
    {
      key: { name: "default", read: true, write: true, admin: true, prefix: "" },
      secret: { kind: "clear", text: BARE },
    },
  ]);
  expect(parse(`sha256:${DIGEST}`)).toMatchObject([{ key: { name: "default" }, secret: { kind: "sha256" } }]);
  expect(parse("app:read=with=and:in-it")).toMatchObject([{ secret: { text: "with=and:in-it" } }]);
});

test.each([
  ["app:read:shop/", "no =SECRET"],
  ["app:read", "no =SECRET"],
  ["app:READ=s", "scope"],
  ["app:reed=s", "scope"],
  ["app:=s", "scope"],
  ["my app:read=s", "name"],
  [":read=s", "name"],
  ["app:read:a:b=s", "colon"],
  ["app:read=", "empty secret"],
  ["app:read=two words", "printable"],
  ["app=s3cret-that-is-long-enough", "not of the form"],
  ["x", "fewer than 16"],
  ["fifteen-charact", "fewer than 16"],
  ["sha256:abcd", "64 hex digits"],
  ["app:read=SHA256:abcd", "64 hex digits"],
  // A comma splits entries: what is behind it must not become a secret with every right.
  ["app:read:a,b/=s3cret", "no =SECRET"],
  ["app:read:shop/=Xk9,q", "fewer than 16"],
  ["app:read=one,ops:admin=one", "entry 2 has the secret of entry 1"],
  [`app:read=a-secret,ops:admin=sha256:${DIGEST}`, "entry 2 has the secret of entry 1"],
])("%s is refused with the reason: %s", (text, reason) => {
  const refusal = parse(text);
  expect(refusal).toBeString();
  expect(refusal).toContain(reason);
  expect(refusal).toStartWith("KEYS: entry ");
  for (const secret of ["s3cret", "a-secret", "Xk9", "fifteen"]) expect(refusal).not.toContain(secret);
});

test("a file: comments, blank lines, a byte order mark and CRLF; a comma or a line cut short is refused", () => {
  expect(parseFile("\ufeff# who\r\n\r\napp:read=s3cret\r\n")).toMatchObject([{ key: { name: "app" } }]);
  expect(parseFile("app:read=s3cret\napp:read:shop/")).toContain("FILE: line 2 has no =SECRET");
  expect(parseFile("app:read=abc,def")).toContain("FILE: line 1 has a comma");
  expect(parseFile("app:read:a,b/=abc")).toContain("comma");
});
