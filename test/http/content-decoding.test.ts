// Decoding of request bodies: whole, cut short, run on, bombs, in every coding.

import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import zlib from "node:zlib";
import { CacheeError } from "../../src/base/errors.ts";
import { InFlight } from "../../src/base/in-flight.ts";
import { Charge } from "../../src/http/charge.ts";
import { contentDecoder, decodeBody } from "../../src/http/request/content-decoding.ts";
import { areWholeZstdFrames } from "../../src/http/request/zstd-frames.ts";

const value = Buffer.from("a value of some length, ".repeat(40));
const ENCODERS: Readonly<Record<string, (body: Uint8Array) => Buffer>> = {
  br: (body) => zlib.brotliCompressSync(body, { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 4 } }),
  gzip: (body) => zlib.gzipSync(body),
  zstd: (body) => zlib.zstdCompressSync(body),
};

async function decode(coding: string, body: Uint8Array, bytesMax = 10_000): Promise<Buffer | string> {
  try {
    const charge = new Charge(new InFlight(), "request_body", "test");
    const bounds = { bytesMax, tooLarge: "value_too_large", charge } as const;
    return Buffer.from(await decodeBody(contentDecoder(coding)!, body, bounds));
  } catch (thrown) {
    if (thrown instanceof CacheeError) return thrown.code;
    throw thrown;
  }
}

describe.each(Object.entries(ENCODERS))("%s", (coding, encode) => {
  const encoded = encode(value);

  test("a whole body decodes, up to the limit and not beyond", async () => {
    expect(await decode(coding, encoded, value.length)).toEqual(value);
    expect(await decode(coding, encoded, value.length - 1)).toBe("value_too_large");
    expect(await decode(coding, encode(Buffer.alloc(0)))).toEqual(Buffer.alloc(0));
  });

  test("a body cut short anywhere is corrupt", async () => {
    for (let length = 0; length < encoded.length; length++) {
      expect(await decode(coding, encoded.subarray(0, length)), `${length} bytes`).toBe("bad_body_encoding");
    }
  });

  test("bytes after its end are corrupt", async () => {
    expect(await decode(coding, Buffer.concat([encoded, Buffer.from("more")]))).toBe("bad_body_encoding");
    expect(await decode(coding, Buffer.concat([encoded, encoded.subarray(0, 9)]))).toBe("bad_body_encoding");
  });

  test("a bomb is refused", async () => {
    expect(await decode(coding, encode(Buffer.alloc(1 << 24)))).toBe("value_too_large");
  });

  test("any value comes back", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 5_000 }), async (body) => {
        expect(await decode(coding, encode(body))).toEqual(Buffer.from(body));
      }),
      { numRuns: 50 },
    );
  });
});

test("members follow one another in gzip (RFC 1952 §2.2) and zstd (RFC 8878 §3), not in brotli", async () => {
  const twice = (coding: string) => Buffer.concat([ENCODERS[coding]!(value), ENCODERS[coding]!(value)]);
  const both = Buffer.concat([value, value]);
  expect(await decode("gzip", twice("gzip"))).toEqual(both);
  expect(await decode("zstd", twice("zstd"))).toEqual(both);
  expect(await decode("br", twice("br"))).toBe("bad_body_encoding");
  expect(await decode("zstd", twice("zstd"), value.length * 2 - 1)).toBe("value_too_large");
});

test("zstd frames of every kind are measured", () => {
  const { constants } = zlib;
  const checksum = zlib.zstdCompressSync(value, { params: { [constants.ZSTD_c_checksumFlag]: 1 } });
  const stored = Bun.zstdCompressSync(crypto.getRandomValues(Buffer.alloc(300_000)));
  const runs = zlib.zstdCompressSync(Buffer.alloc(400_000));
  const skippable = Buffer.from([0x57, 0x2a, 0x4d, 0x18, 2, 0, 0, 0, 1, 2]);
  const frames = [checksum, stored, runs, skippable];
  for (const frame of frames) expect(areWholeZstdFrames(frame)).toBe(true);
  const all = Buffer.concat(frames);
  expect(areWholeZstdFrames(all)).toBe(true);
  const ends = new Set<number>();
  for (let i = 0, at = 0; i < frames.length; i++) ends.add((at += frames[i]!.length));
  for (let length = 0; length < all.length; length += length > 300_000 ? 1 : 997) {
    expect(areWholeZstdFrames(all.subarray(0, length)), `${length} bytes`).toBe(ends.has(length));
  }
});

test("a zstd window past 8 MiB is refused (RFC 9659)", async () => {
  const params = {
    [zlib.constants.ZSTD_c_windowLog]: 24,
    [zlib.constants.ZSTD_c_contentSizeFlag]: 0,
  };
  const wide = zlib.zstdCompressSync(Buffer.alloc(20 << 20), { params });
  expect(await decode("zstd", wide, 32 << 20)).toBe("bad_body_encoding");
});

test.each(["gzip, gzip", "deflate", "compress", "gzip;q=1", "toString", "br gzip"])(
  "not offered: %s",
  (field) => {
    expect(() => contentDecoder(field)).toThrow("Content-Encoding must be");
  },
);

test.each(["GZIP", " br ", "x-gzip", "Zstd"])("offered: %s", (field) => {
  expect(contentDecoder(field)).toBeDefined();
});
