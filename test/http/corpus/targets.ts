// Cases of request targets (RFC 9112 §3.2, RFC 3986).

import { get, MARKING, OWN, put, request, type Case } from "./case.ts";

const REFUSED = { answers: [400], closes: true } as const;
/** A PUT to `target`, then the marking request. */
const to = (target: string) => request("PUT", target, "", "abc") + MARKING;
const TAKEN = { answers: [201, 201], marks: true } as const;
const BAD_KEY = { answers: [400, 201], marks: true } as const;
const NOWHERE = { answers: [404, 201], marks: true } as const;

export const TARGETS: readonly Case[] = [
  { name: "absolute form", bytes: to(`http://cachee.test/cache/${OWN}`), ...TAKEN, stores: true },
  {
    name: "absolute form of another host",
    bytes: to(`http://other.test:81/cache/${OWN}`),
    ...TAKEN,
    stores: true,
  },
  { name: "absolute form in capitals", bytes: to(`HTTP://CACHEE.TEST/cache/${OWN}`), ...TAKEN, stores: true },
  {
    name: "absolute form with a user",
    bytes: to(`http://user:pw@cachee.test/cache/${OWN}`),
    ...TAKEN,
    stores: true,
  },
  { name: "absolute form without a path", bytes: to("http://cachee.test"), answers: [405, 201], marks: true },
  { name: "absolute form of another scheme", bytes: to(`ftp://cachee.test/cache/${OWN}`), ...REFUSED },
  { name: "authority form", bytes: request("GET", "cachee.test:80") + MARKING, ...REFUSED },
  { name: "asterisk form", bytes: request("GET", "*") + MARKING, ...REFUSED },
  { name: "asterisk form of OPTIONS", bytes: request("OPTIONS", "*") + MARKING, ...REFUSED },
  { name: "no slash first", bytes: request("GET", `cache/${OWN}`) + MARKING, ...REFUSED },
  { name: "a backslash first", bytes: to(`\\cache\\${OWN}`), ...REFUSED },
  { name: "dot segments", bytes: to(`/cache/x/../y/./../${OWN}`), ...TAKEN, stores: true },
  { name: "dot segments, escaped", bytes: to(`/cache/x/%2e%2E/.%2e/cache/${OWN}`), ...TAKEN, stores: true },
  { name: "dot segments out of the cache", bytes: to("/cache/../stats"), answers: [405, 201], marks: true },
  { name: "dot segments past the root", bytes: to("/cache/../../../../etc/passwd"), ...NOWHERE },
  { name: "dot segments behind escaped slashes", bytes: to("/cache/..%2f..%2fstats"), ...BAD_KEY },
  { name: "a dot segment at the end", bytes: to("/cache/a%2f.."), ...BAD_KEY },
  { name: "backslashes", bytes: to(`/cache\\x\\..\\${OWN}`), ...TAKEN, stores: true },
  { name: "a fragment", bytes: to(`/cache/${OWN}#f`), ...BAD_KEY },
  { name: "a fragment before the query", bytes: to(`/cache/${OWN}#f?ttl=5`), ...BAD_KEY },
  { name: "a fragment alone", bytes: to("/cache/#"), ...BAD_KEY },
  { name: "a query", bytes: to(`/cache/${OWN}?a=b&c=%zz&ttl=5`), ...BAD_KEY },
  { name: "a query with a bad ttl", bytes: to(`/cache/${OWN}?ttl=%00`), ...BAD_KEY },
  { name: "two ttls", bytes: to(`/cache/${OWN}?ttl=500&ttl=x`), ...TAKEN, stores: true },
  { name: "an empty key", bytes: to("/cache/"), ...BAD_KEY },
  { name: "an empty key and a query", bytes: to("/cache/?x"), ...BAD_KEY },
  { name: "no key", bytes: to("/cache"), ...NOWHERE },
  { name: "two slashes first", bytes: to(`//cache/${OWN}`), ...NOWHERE },
  { name: "an escaped path", bytes: to(`/%63ache/${OWN}`), ...NOWHERE },
  { name: "a bad escape", bytes: to(`/cache/${OWN}%zz`), ...BAD_KEY },
  { name: "half an escape", bytes: to(`/cache/${OWN}%4`), ...BAD_KEY },
  { name: "a percent sign", bytes: to(`/cache/${OWN}%`), ...BAD_KEY },
  { name: "an escaped NUL", bytes: to(`/cache/${OWN}%00`), ...BAD_KEY },
  { name: "an escaped line", bytes: to(`/cache/${OWN}%0d%0aX-A:%20b`), ...BAD_KEY },
  { name: "escapes that are no UTF-8", bytes: to(`/cache/${OWN}%ff`), ...BAD_KEY },
  { name: "overlong UTF-8, escaped", bytes: to(`/cache/${OWN}%c0%af`), ...BAD_KEY },
  { name: "overlong UTF-8, raw", bytes: to(`/cache/${OWN}\xc0\xaf`), ...BAD_KEY },
  { name: "a surrogate, escaped", bytes: to(`/cache/${OWN}%ed%a0%80`), ...BAD_KEY },
  { name: "raw bytes that are no UTF-8", bytes: to(`/cache/${OWN}\xff\xfe`), ...BAD_KEY },
  { name: "half a character", bytes: to(`/cache/${OWN}\xc3`), ...BAD_KEY },
  { name: "a raw control character", bytes: to(`/cache/${OWN}\x01`), answers: [[400, 505]], closes: true },
  { name: "a raw NUL", bytes: to(`/cache/${OWN}\0`), answers: [[400, 505]], closes: true },
  { name: "a raw DEL", bytes: to(`/cache/${OWN}\x7f`), ...BAD_KEY },
  { name: "a raw tab", bytes: to(`/cache/${OWN}\tx`), answers: [[400, 505]], closes: true },
  { name: "a raw space", bytes: to(`/cache/${OWN} x`), answers: [[400, 505]], closes: true },
  { name: "a key of 513 bytes", bytes: to(`/cache/${"k".repeat(513)}`), ...BAD_KEY },
  { name: "a key of 513 bytes, escaped", bytes: to(`/cache/${"%6b".repeat(513)}`), ...BAD_KEY },
  { name: "a key of 300 characters, 600 bytes", bytes: to(`/cache/${"\xc3\xa9".repeat(300)}`), ...BAD_KEY },
  {
    name: "a target of 20,000 bytes",
    bytes: to(`/cache/${"k".repeat(20_000)}`),
    answers: [431],
    closes: true,
  },
  {
    name: "a query of 10,000 bytes",
    bytes: to(`/cache/${OWN}?ttl=900.${"3".repeat(10_000)}`),
    ...TAKEN,
    stores: true,
  },
  {
    name: "names of JavaScript",
    bytes: to("/__proto__") + to("/constructor"),
    answers: [404, 201, 404, 204],
    marks: true,
  },
  {
    name: "a key that is a name of JavaScript",
    bytes: get().replace(OWN, "__proto__") + MARKING,
    answers: [404, 201],
    marks: true,
  },
  {
    name: "raw UTF-8",
    bytes: put("", "abc").replace("/cache/", "/cache/x/../") + MARKING,
    ...TAKEN,
    stores: true,
  },
];
