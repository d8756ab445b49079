// Cases of content codings of request bodies (RFC 9110 §8.4), and of JSON bodies.

import zlib from "node:zlib";
import { CHUNKED, get, MARK, MARKING, OWN, put, request, type Case } from "./case.ts";

const VALUE = "a value worth the while of packing, ".repeat(20);
/** Larger than the limit of the servers that cases are sent to. */
const BOMB = Buffer.alloc(1 << 20);
const PACKERS: Readonly<Record<string, (body: Uint8Array) => Buffer>> = {
  gzip: (body) => zlib.gzipSync(body),
  br: (body) => zlib.brotliCompressSync(body),
  zstd: (body) => zlib.zstdCompressSync(body),
};
const latin1 = (bytes: Uint8Array) => Buffer.from(bytes).toString("latin1");

/**
 * A PUT of `body`, said to be in `coding`. Nothing goes behind it: it is decoded off the event loop, and Bun closes a
 * connection on which a request arrives while the answer to the one before is still being made.
 */
const coded = (coding: string, body: string) => put(`Content-Encoding: ${coding}\r\n`, body);
const TAKEN = { answers: [201], stores: true } as const;
const CORRUPT = { answers: [400] } as const;
const TOO_LARGE = { answers: [413] } as const;
const UNSUPPORTED = { answers: [415] } as const;

function casesOf(coding: string, pack: (body: Uint8Array) => Buffer): Case[] {
  const packed = latin1(pack(Buffer.from(VALUE)));
  const flipped = packed.slice(0, 6) + String.fromCharCode(packed.charCodeAt(6) ^ 0xff) + packed.slice(7);
  return [
    { name: `${coding}`, bytes: coded(coding, packed), ...TAKEN },
    { name: `${coding}, cut short`, bytes: coded(coding, packed.slice(0, -1)), ...CORRUPT },
    { name: `${coding}, cut to half`, bytes: coded(coding, packed.slice(0, packed.length / 2)), ...CORRUPT },
    { name: `${coding}, empty`, bytes: coded(coding, ""), ...CORRUPT },
    { name: `${coding}, garbage behind it`, bytes: coded(coding, `${packed}garbage`), ...CORRUPT },
    {
      name: `${coding}, half a second behind it`,
      bytes: coded(coding, packed + packed.slice(0, 9)),
      ...CORRUPT,
    },
    { name: `${coding}, plain text`, bytes: coded(coding, VALUE), ...CORRUPT },
    { name: `${coding}, damaged`, bytes: coded(coding, flipped), answers: [[201, 400]] },
    { name: `${coding}, a bomb`, bytes: coded(coding, latin1(pack(BOMB))), ...TOO_LARGE },
    { name: `${coding}, packed twice`, bytes: coded(`${coding}, ${coding}`, packed), ...UNSUPPORTED },
  ];
}

const gzip = latin1(PACKERS["gzip"]!(Buffer.from(VALUE)));
const br = latin1(PACKERS["br"]!(Buffer.from(VALUE)));
const zstd = latin1(PACKERS["zstd"]!(Buffer.from(VALUE)));
const half = latin1(PACKERS["gzip"]!(BOMB.subarray(0, 40_000)));

const batch = (body: string) => request("POST", "/batch", "", body) + MARKING;
const invalidate = (body: string) => request("POST", "/invalidate", "", body) + MARKING;
const set = (key: string, rest = '"value":"x"') => `{"set":[{"key":"${key}",${rest}}]}`;
const BAD_JSON = { answers: [400, 201], marks: true } as const;

export const ENCODINGS: readonly Case[] = [
  ...Object.entries(PACKERS).flatMap(([coding, pack]) => casesOf(coding, pack)),
  { name: "gzip of two members", bytes: coded("gzip", gzip + gzip), ...TAKEN },
  { name: "zstd of two frames", bytes: coded("zstd", zstd + zstd), ...TAKEN },
  { name: "brotli of two streams", bytes: coded("br", br + br), ...CORRUPT },
  { name: "gzip of members that are a bomb together", bytes: coded("gzip", half + half), ...TOO_LARGE },
  { name: "gzip in capitals", bytes: coded("GZIP", gzip), ...TAKEN },
  { name: "gzip said to be br", bytes: coded("br", gzip), ...CORRUPT },
  {
    name: "gzip in chunks",
    bytes: put(`Content-Encoding: gzip\r\n${CHUNKED}`, `${gzip.length.toString(16)}\r\n${gzip}\r\n0\r\n\r\n`),
    ...TAKEN,
  },
  {
    name: "Content-Encoding twice",
    bytes: put("Content-Encoding: gzip\r\nContent-Encoding: br\r\n", gzip),
    ...UNSUPPORTED,
  },
  { name: "Content-Encoding: deflate", bytes: coded("deflate", "abc"), ...UNSUPPORTED },
  { name: "Content-Encoding of garbage", bytes: coded(",;\xff", "abc"), ...UNSUPPORTED },
  { name: "Content-Encoding: identity", bytes: coded("identity", "abc"), ...TAKEN },
  { name: "Content-Encoding empty", bytes: coded("", "abc"), ...TAKEN },
  {
    name: "an unsupported coding far past the limit",
    bytes: put("Content-Encoding: lzma\r\n", "x".repeat(70_000)),
    ...UNSUPPORTED,
  },
  { name: "a batch", bytes: batch(set(OWN)), answers: [200, 201], stores: true, marks: true },
  { name: "a batch that is no JSON", bytes: batch('{"set":[}'), ...BAD_JSON },
  { name: "a batch that is no UTF-8", bytes: batch(set(`${OWN}\xff`)), ...BAD_JSON },
  { name: "a batch of nothing", bytes: batch(""), ...BAD_JSON },
  { name: "a batch that is a list", bytes: batch("[]"), ...BAD_JSON },
  { name: "a batch with a prototype", bytes: batch('{"__proto__":{"set":[]},"constructor":1}'), ...BAD_JSON },
  { name: "a batch nested 20,000 deep", bytes: batch("[".repeat(20_000)), ...BAD_JSON },
  {
    name: "a batch, its last item bad",
    bytes: batch(`{"set":[{"key":"${OWN}","value":"x"},{"key":""}]}`),
    ...BAD_JSON,
  },
  { name: "a batch with half a character", bytes: batch(set(OWN, '"value":"\\ud800"')), ...BAD_JSON },
  { name: "a batch with bad base64", bytes: batch(set(OWN, '"value":"*","encoding":"base64"')), ...BAD_JSON },
  {
    name: "a batch with a line in a type",
    bytes: batch(set(OWN, '"value":"x","contentType":"a\\r\\nb: c"')),
    ...BAD_JSON,
  },
  { name: "a batch key with a control character", bytes: batch(set(`${OWN}\\u0000`)), ...BAD_JSON },
  { name: "a batch key of dots", bytes: batch(set("../x")), ...BAD_JSON },
  { name: "a batch with a ttl of infinity", bytes: batch(set(OWN, '"value":"x","ttl":1e999')), ...BAD_JSON },
  {
    name: "a batch that hides a request",
    bytes: batch(set(OWN, `"value":${JSON.stringify(MARKING)}`)) + get(),
    answers: [200, 201, 200],
    stores: true,
    marks: true,
  },
  { name: "an invalidation of nothing", bytes: invalidate("{}"), ...BAD_JSON },
  {
    name: "an invalidation of two kinds",
    bytes: invalidate(`{"keys":["${MARK}"],"prefix":"a"}`),
    ...BAD_JSON,
  },
  { name: "an invalidation of a bad tag", bytes: invalidate('{"tags":["a,b"]}'), ...BAD_JSON },
  { name: "an invalidation of a bad key", bytes: invalidate('{"keys":[null]}'), ...BAD_JSON },
];
