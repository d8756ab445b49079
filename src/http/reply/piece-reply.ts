// The 200 of a JSON answer in pieces: at once where it is short, else as fast as its reader takes it. Cold.

import { Readable } from "node:stream";
import { createGzip } from "node:zlib";
import type { Cuttable, InFlight } from "../../base/in-flight.ts";
import { COMPRESS_BYTES_MIN } from "../../base/limits.ts";
import type { Charge } from "../charge.ts";

/** Up to this many bytes an answer is one buffer, and Bun's own from then on. */
const WHOLE_BYTES_MAX = 256 * 1024;
/** Answers are made once and sent once: a fast level. */
const GZIP_OPTIONS = { level: 1, chunkSize: 64 * 1024 };

/** `pieces` are charged to `charge`, which gives them back as they leave; `gzip`: whether to compress them. */
export async function pieceReply(
  pieces: readonly Buffer[],
  gzip: boolean,
  charge: Charge,
  inFlight: InFlight,
): Promise<Response> {
  const headers: Record<string, string> = { "Content-Type": "application/json", "Cache-Control": "no-store" };
  let sent = pieces;
  if (gzip && bytesOf(pieces) >= COMPRESS_BYTES_MIN) {
    headers["Content-Encoding"] = "gzip";
    sent = await gzipped(pieces);
  }
  const bytes = bytesOf(sent);
  if (bytes <= WHOLE_BYTES_MAX) return new Response(Buffer.concat(sent, bytes), { headers });
  charge.shrinkTo(bytes);
  charge.isKept = true;
  return new Response(streamOf([...sent], charge, inFlight), { headers });
}

const bytesOf = (pieces: readonly Buffer[]) => pieces.reduce((sum, piece) => sum + piece.length, 0);

/** Compressed by zlib's threads. */
async function gzipped(pieces: readonly Buffer[]): Promise<Buffer[]> {
  const made: Buffer[] = [];
  for await (const chunk of Readable.from(pieces).pipe(createGzip(GZIP_OPTIONS))) made.push(chunk as Buffer);
  return made;
}

/** Bun pulls a piece whenever the connection takes one; a reader that takes none may be cut for room. */
function streamOf(pieces: Buffer[], charge: Charge, inFlight: InFlight): ReadableStream<Uint8Array> {
  let controller: ReadableStreamDefaultController<Uint8Array>;
  let left = charge.bytes;
  const letGo = () => {
    inFlight.removeCuttable(reader);
    pieces.length = 0;
    charge.shrinkTo(0);
  };
  const reader: Cuttable = {
    get heldBytes() {
      return charge.bytes;
    },
    cut() {
      letGo();
      controller.error(new Error("cut for room"));
    },
  };
  pieces.reverse();
  return new ReadableStream<Uint8Array>(
    {
      start(given) {
        controller = given;
        inFlight.addCuttable(reader);
      },
      pull() {
        const piece = pieces.pop();
        if (piece === undefined) {
          letGo();
          controller.close();
          return;
        }
        left -= piece.length;
        charge.shrinkTo(Math.max(0, left));
        controller.enqueue(piece);
      },
      cancel: letGo,
    },
    { highWaterMark: 0 },
  );
}
