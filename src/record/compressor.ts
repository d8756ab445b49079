// Makes a value's compressed variants at write time: small ones at once, larger ones off the event loop. Cold.

import { promisify } from "node:util";
import zlib from "node:zlib";
import {
  COMPRESS_BYTES_MIN,
  COMPRESS_INLINE_BYTES_MAX,
  COMPRESS_QUEUE_BYTES_MAX,
  COMPRESS_QUEUE_MAX,
  COMPRESS_RUNNING_MAX,
} from "../base/limits.ts";
import { loopWork } from "../base/loop/loop-work.ts";

/** What becomes of variants that were made aside. */
const COMPRESSED_WORK = loopWork.kind("compression");
const GZIP_LEVEL = 6;
const BROTLI_QUALITY = 4;

const brotli = promisify<Uint8Array, zlib.BrotliOptions, Buffer>(zlib.brotliCompress);
const gzip = promisify<Uint8Array, zlib.ZlibOptions, Buffer>(zlib.gzip);

/** Media types whose bytes are compressed already; others are tried. */
const COMPRESSED =
  /^(?:image\/(?!svg|bmp|x-icon|vnd\.microsoft\.icon|x-portable)|video\/|audio\/(?!midi|wav|x-wav)|font\/woff|application\/(?:font-woff|zip|gzip|x-gzip|zstd|x-bzip2?|x-xz|x-7z-compressed|x-rar-compressed|vnd\.rar|java-archive|vnd\.openxmlformats|epub\+zip|pdf\b|wasm-br))/i;

export function isCompressible(contentType: string, bytes: number): boolean {
  return bytes >= COMPRESS_BYTES_MIN && !COMPRESSED.test(contentType);
}

/** Variants by CODINGS' order, the identity first; one that is not smaller than the identity is left out. */
export type Variants = readonly (Uint8Array | undefined)[];

function compressInline(body: Uint8Array): Variants {
  const br = zlib.brotliCompressSync(body, brotliOptions(body.length));
  const gz = zlib.gzipSync(body, { level: GZIP_LEVEL });
  return worthwhile(body, br, gz, Bun.zstdCompressSync(bufferOf(body)));
}

/** The same, off the event loop. */
export async function compressAside(body: Uint8Array): Promise<Variants> {
  const [br, gz, zs] = await Promise.all([
    brotli(body, brotliOptions(body.length)),
    gzip(body, { level: GZIP_LEVEL }),
    Bun.zstdCompress(bufferOf(body)),
  ]);
  return worthwhile(body, br, gz, zs);
}

function brotliOptions(bytes: number): zlib.BrotliOptions {
  return {
    params: {
      [zlib.constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY,
      [zlib.constants.BROTLI_PARAM_SIZE_HINT]: bytes,
    },
  };
}

function bufferOf(body: Uint8Array): Buffer {
  return Buffer.from(body.buffer, body.byteOffset, body.byteLength);
}

function worthwhile(body: Uint8Array, ...made: readonly Uint8Array[]): Variants {
  return [body, ...made.map((variant) => (variant.length < body.length ? variant : undefined))];
}

interface CompressionJob {
  readonly body: Uint8Array;
  readonly done: (variants: Variants) => void;
}

function handOver({ done }: CompressionJob, variants: Variants): void {
  loopWork.begin(COMPRESSED_WORK, Bun.nanoseconds());
  done(variants);
}

/** A bounded queue of compression jobs. A value whose job is refused, or whose codec fails, keeps its identity variant alone. */
export class Compressor {
  readonly #waiting: CompressionJob[] = [];
  #waitingBytes = 0;
  #running = 0;
  #idle: (() => void)[] = [];

  /** Variants made at once for a small value; nothing for one that `enqueue` is for. */
  inline(contentType: string, body: Uint8Array): Variants | undefined {
    if (!isCompressible(contentType, body.length)) return [body];
    return body.length <= COMPRESS_INLINE_BYTES_MAX ? compressInline(body) : undefined;
  }

  /** Compresses `body` off the event loop and hands the variants to `done`; `false` when the queue is full. */
  enqueue(body: Uint8Array, done: (variants: Variants) => void): boolean {
    if (
      this.#waiting.length >= COMPRESS_QUEUE_MAX ||
      this.#waitingBytes + body.length > COMPRESS_QUEUE_BYTES_MAX
    ) {
      return false;
    }
    this.#waiting.push({ body, done });
    this.#waitingBytes += body.length;
    this.#next();
    return true;
  }

  /** Resolves once nothing waits and nothing runs. */
  idle(): Promise<void> {
    if (this.#running === 0 && this.#waiting.length === 0) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  #next(): void {
    while (this.#running < COMPRESS_RUNNING_MAX) {
      const job = this.#waiting.shift();
      if (job === undefined) break;
      this.#running++;
      void compressAside(job.body)
        .then(
          (variants) => handOver(job, variants),
          () => {},
        )
        .finally(() => {
          this.#running--;
          this.#waitingBytes -= job.body.length;
          this.#next();
        });
    }
    if (this.#running > 0) return;
    for (const resolve of this.#idle.splice(0)) resolve();
  }
}
