// Undoes a request body's Content-Encoding, bounded: what unpacks to more than the limit is refused. Cold.

import type { Transform } from "node:stream";
import zlib from "node:zlib";
import { CacheeError, type ErrorCode } from "../../base/errors.ts";
import { Semaphore } from "../../base/semaphore.ts";
import { DECODE_CHUNK_BYTES, DECODE_RUNNING_MAX, ZSTD_WINDOW_LOG_MAX } from "../../base/limits.ts";
import { release } from "../../base/bytes/release.ts";
import type { Charge } from "../charge.ts";
import { areWholeZstdFrames } from "./zstd-frames.ts";

interface Decoder {
  readonly open: () => Transform & zlib.Zlib;
  /** Whether `body`, of which the decoder has taken `taken` bytes, was all of it well formed. */
  readonly isWhole: (body: Uint8Array, taken: number) => boolean;
}

const options = { chunkSize: DECODE_CHUNK_BYTES };
const GZIP: Decoder = { open: () => zlib.createGunzip(options), isWhole: () => true };
const DECODERS: Readonly<Record<string, Decoder>> = {
  // A brotli stream ends itself: the decoder stops there, and takes none of what follows.
  br: { open: () => zlib.createBrotliDecompress(options), isWhole: (body, taken) => taken === body.length },
  gzip: GZIP,
  "x-gzip": GZIP,
  zstd: {
    open: () =>
      zlib.createZstdDecompress({
        ...options,
        params: { [zlib.constants.ZSTD_d_windowLogMax]: ZSTD_WINDOW_LOG_MAX },
      }),
    isWhole: areWholeZstdFrames,
  },
};

const gate = new Semaphore(DECODE_RUNNING_MAX);

/** The decoder for the field's value; throws `unsupported_coding` for one that is not offered. */
export function contentDecoder(field: string | null): Decoder | undefined {
  const coding = field?.trim().toLowerCase() ?? "";
  if (coding === "" || coding === "identity") return undefined;
  const decoder = Object.hasOwn(DECODERS, coding) ? DECODERS[coding] : undefined;
  if (decoder !== undefined) return decoder;
  throw new CacheeError("unsupported_coding", "Content-Encoding must be br, gzip or zstd.", {
    "Accept-Encoding": "br, gzip, zstd",
  });
}

export interface DecodeBounds {
  readonly bytesMax: number;
  /** The refusal of a body that decodes to more. */
  readonly tooLarge: ErrorCode;
  /** Is charged what is decoded, as it comes. */
  readonly charge: Charge;
}

export function decodeBody(decoder: Decoder, body: Uint8Array, bounds: DecodeBounds): Promise<Uint8Array> {
  return gate.run(() => decode(decoder, body, bounds));
}

async function decode(
  decoder: Decoder,
  body: Uint8Array,
  { bytesMax, tooLarge, charge }: DecodeBounds,
): Promise<Uint8Array> {
  const stream = decoder.open();
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    stream.end(body);
    for await (const chunk of stream as AsyncIterable<Uint8Array>) {
      chunks.push(chunk);
      size += chunk.length;
      if (size > bytesMax) {
        throw new CacheeError(tooLarge, `The body decodes to more than ${bytesMax} bytes.`);
      }
      charge.cover(size);
    }
    if (!decoder.isWhole(body, stream.bytesWritten)) throw new RangeError("cut short, or bytes left over");
    return Buffer.concat(chunks, size);
  } catch (thrown) {
    if (thrown instanceof CacheeError) throw thrown;
    throw new CacheeError("bad_body_encoding", "The body is not valid in its Content-Encoding.");
  } finally {
    stream.destroy();
    for (const chunk of chunks) release(chunk);
  }
}
