// Whatever the fast lane answers, the cold lane would have answered the same, byte for byte.

import { afterAll, expect, test } from "bun:test";
import fc from "fast-check";
import type { App } from "../../src/http/app.ts";
import { createTestApp, listenOn, SECRET } from "../support/app.ts";
import { exchangeText } from "../support/exchange.ts";

const KEYS = [
  "a",
  "ab",
  "é",
  "a/b",
  "a b",
  "a%b",
  "a\\b",
  "shop/x",
  "\u{1f600}",
  "?",
  "#",
  "..a",
  "k;v",
  "a+b",
];
const TEXT = "Some say the world will end in fire, some say in ice. ".repeat(30);
const TYPES = ["text/plain", "text/html", "image/png", "application/json; charset=utf-8"];

const bed = createTestApp();
const { app, send, store } = bed;
/** The same application with its fast lane cut out. */
const coldApp: App = {
  get: (request) => app.cold(request),
  fetch: (request) => app.cold(request),
  cold: app.cold,
};
const both = [listenOn(app), listenOn(coldApp)];
afterAll(async () => {
  await Promise.all(both.map((listener) => listener.stop()));
});

/** Spells a key as a path: each character raw, percent-encoded, or encoded without need. */
const spelling = (key: string) =>
  fc
    .array(fc.constantFrom("raw", "upper", "lower"), { minLength: key.length, maxLength: key.length })
    .map((styles) =>
      [...key]
        .map((character, i) => {
          const escaped = [...Buffer.from(character)]
            .map((byte) => `%${byte.toString(16).padStart(2, "0")}`)
            .join("");
          if (styles[i] === "lower") return escaped;
          if (styles[i] === "upper") return escaped.toUpperCase();
          return /[\s?#%]/.test(character) ? escaped : character;
        })
        .join(""),
    );

const odd = fc.constantFrom(
  ..."a%2 %zz %ff %00 a%00b a\\b a#b a?x=1 a?x#y . .. %2e %2e%2e a/.. a/../ab ./a a//b //a %EF%BF%BD %c3 a/%2e%2e/b %5c".split(
    " ",
  ),
);
const path = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...KEYS).chain(spelling) },
  { weight: 2, arbitrary: odd },
  {
    weight: 1,
    arbitrary: fc.tuple(fc.constantFrom(...KEYS).chain(spelling), odd).map((parts) => parts.join("")),
  },
);

const coding = fc.constantFrom("br", "gzip", "zstd", "identity", "*", "deflate", "x-gzip", "GZIP", "");
const quality = fc.constantFrom("", ";q=0", ";q=1", ";q=0.5", "; Q=0.001", ";q=2", ";q=x");
const acceptEncoding = fc.array(
  fc.tuple(coding, quality).map((parts) => parts.join("")),
  { maxLength: 4 },
);
const tag = fc.oneof(
  fc.constantFrom("*", '"x"', 'W/"x"', "nonsense", '"a", "b"', "", '"'),
  fc
    .tuple(fc.constantFrom(...KEYS), fc.constantFrom("", "-br", "-gz", "-zs"), fc.boolean())
    .map(([key, suffix, weak]) => {
      const entry = store.engine.peek(key, Bun.nanoseconds() / 1e6);
      if (entry === undefined) return '"gone"';
      const hash = Buffer.from(entry.record.subarray(24, 32)).readBigUInt64LE();
      return `${weak ? "W/" : ""}"${hash.toString(16).padStart(16, "0")}${suffix}"`;
    }),
);
const secret = fc.constantFrom(
  SECRET,
  SECRET,
  SECRET,
  "reader-secret",
  "shop-secret",
  "writer-secret",
  "digest-secret",
  "no",
);
const optional = <T>(name: string, values: fc.Arbitrary<T>) =>
  fc
    .option(values, { nil: undefined, freq: 2 })
    .map((value) => (value === undefined ? [] : [[name, String(value)]]));
const fields = fc
  .tuple(
    fc.oneof(
      secret.map((key) => [["X-Api-Key", key]]),
      secret.map((key) => [["Authorization", `Bearer ${key}`]]),
    ),
    optional(
      "Accept-Encoding",
      acceptEncoding.map((members) => members.join(", ")),
    ),
    optional("If-None-Match", tag),
    fc.oneof({ weight: 8, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: optional("If-Match", tag) }),
    fc.oneof(
      { weight: 8, arbitrary: fc.constant([]) },
      { weight: 1, arbitrary: optional("X-Min-Version", fc.constantFrom("test-epoch.1", "other.5", "bad")) },
    ),
    fc.oneof(
      { weight: 9, arbitrary: fc.constant([["Host", "cachee.test"]]) },
      {
        weight: 1,
        arbitrary: fc.constantFrom(
          [
            ["Host", "a"],
            ["Host", "b"],
          ],
          [["Host", "a b"]],
          [["Host", "other:80"]],
        ),
      },
    ),
  )
  .map((groups) => groups.flat() as [string, string][]);

async function fill(): Promise<void> {
  for (const [i, key] of KEYS.entries()) {
    const headers = {
      "content-type": TYPES[i % TYPES.length]!,
      ...(i % 3 === 0 ? { "cache-control": "max-age=600" } : {}),
      ...(i % 4 < 2 ? { "cache-tag": `tag-${i}, \xc3\xa9` } : {}),
    };
    const body = i % 4 === 0 ? "short" : TEXT + key;
    expect(
      (await send(`/cache/${encodeURIComponent(key)}`, { method: "PUT", body, headers })).status,
    ).toBeLessThan(300);
  }
}

/** Without what two answers to one request may differ in; of an Age and a ttl, that there is one. */
function masked(answer: string): string {
  return answer
    .replace(/^(?:date|x-request-id|x-cache-lease|retry-after):.*\r\n/gim, "")
    .replace(/^age: \d+/gim, "age: seconds")
    .replace(/; ttl=\d+/g, "; ttl=seconds");
}

test("over a socket: the same requests to a server with and one without the fast lane", async () => {
  await fill();
  const before = bed.traffic.fast.count;
  await fc.assert(
    fc.asyncProperty(path, fields, async (rawPath, headers) => {
      const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join("");
      const request = Buffer.from(`GET /cache/${rawPath} HTTP/1.1\r\n${lines}Connection: close\r\n\r\n`);
      const [fast, cold] = await Promise.all(
        both.map(async ({ port }) => masked(await exchangeText(port, request))),
      );
      expect(fast).toBe(cold!);
    }),
    { numRuns: Number(process.env["CACHEE_TEST_RUNS"] ?? 4_000) },
  );
  expect(bed.traffic.fast.count - before).toBeGreaterThan(500);
}, 120_000);
