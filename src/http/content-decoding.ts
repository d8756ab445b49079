// Undoes a request body's Content-Encoding, bounded: what unpacks to more than the limit is refused. Cold.

import { promisify } from "node:util";
import zlib from "node:zlib";
import { CacheeError } from "../base/errors.ts";

type Decode = (body: Uint8Array, options: { maxOutputLength: number }) => Promise<Uint8Array>;

const DECODERS: Readonly<Record<string, Decode>> = {
  br: promisify<Uint8Array, zlib.BrotliOptions, Buffer>(zlib.brotliDecompress),
  gzip: promisify<Uint8Array, zlib.ZlibOptions, Buffer>(zlib.gunzip),
  "x-gzip": promisify<Uint8Array, zlib.ZlibOptions, Buffer>(zlib.gunzip),
  zstd: promisify<Uint8Array, zlib.ZstdOptions, Buffer>(zlib.zstdDecompress),
};

/** The decoder for the field's value; throws `unsupported_coding` for one that is not offered. */
export function contentDecoder(field: string | null): Decode | undefined {
  const coding = field?.trim().toLowerCase() ?? "";
  if (coding === "" || coding === "identity") return undefined;
  const decode = Object.hasOwn(DECODERS, coding) ? DECODERS[coding] : undefined;
  if (decode !== undefined) return decode;
  throw new CacheeError("unsupported_coding", "Content-Encoding must be br, gzip or zstd.", {
    "Accept-Encoding": "br, gzip, zstd",
  });
}

/** `body` decoded to at most `bytesMax` bytes. */
export async function decodeBody(decode: Decode, body: Uint8Array, bytesMax: number): Promise<Uint8Array> {
  try {
    return await decode(body, { maxOutputLength: bytesMax });
  } catch (thrown) {
    const code = thrown instanceof Error && "code" in thrown ? thrown.code : undefined;
    if (code === "ERR_BUFFER_TOO_LARGE") {
      throw new CacheeError("value_too_large", `The body decodes to more than ${bytesMax} bytes.`);
    }
    throw new CacheeError("bad_body_encoding", "The body is not valid in its Content-Encoding.");
  }
}
