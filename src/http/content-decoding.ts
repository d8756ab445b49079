// Undoes a request body's Content-Encoding, bounded: what unpacks to more than the limit is refused. Cold.

import { promisify } from "node:util";
import zlib from "node:zlib";
import { CacheeError } from "../base/errors.ts";
import { ZSTD_WINDOW_LOG_MAX } from "../base/limits.ts";
import { areWholeZstdFrames } from "./zstd-frames.ts";

/** Resolves with the decoded body, of at most `maxOutputLength` bytes; rejects unless all of `body` is well formed. */
type Decode = (body: Uint8Array, options: { maxOutputLength: number }) => Promise<Uint8Array>;

const gunzip: Decode = promisify<Uint8Array, zlib.ZlibOptions, Buffer>(zlib.gunzip);
const unzstd = promisify<Uint8Array, zlib.ZstdOptions, Buffer>(zlib.zstdDecompress);

const DECODERS: Readonly<Record<string, Decode>> = {
  br: unbrotli,
  gzip: gunzip,
  "x-gzip": gunzip,
  async zstd(body, options) {
    if (!areWholeZstdFrames(body)) throw new Error("zstd frames cut short, or bytes after them");
    return unzstd(body, {
      ...options,
      params: { [zlib.constants.ZSTD_d_windowLogMax]: ZSTD_WINDOW_LOG_MAX },
    });
  },
};

/** A brotli stream ends itself: the decoder stops there, and whatever follows it is not part of the value. */
function unbrotli(body: Uint8Array, options: { maxOutputLength: number }): Promise<Uint8Array> {
  const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>();
  zlib.brotliDecompress(body, { ...options, info: true }, (error, result: unknown) => {
    if (error !== null) return reject(error);
    const { buffer, engine } = result as { buffer: Buffer; engine: zlib.BrotliDecompress };
    if (engine.bytesWritten === body.length) resolve(buffer);
    else reject(new Error("bytes after the brotli stream"));
  });
  return promise;
}

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
