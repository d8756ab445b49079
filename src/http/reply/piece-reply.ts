// The 200 of a JSON answer in pieces: at once where it is short, else as fast as its reader takes it. Cold.

import { once } from "node:events";
import { createGzip } from "node:zlib";
import { release } from "../../base/bytes/release.ts";
import type { Cuttable } from "../../base/in-flight.ts";
import { COMPRESS_BYTES_MIN } from "../../base/limits.ts";
import { Semaphore } from "../../base/semaphore.ts";
import type { Charge } from "../charge.ts";
import type { Context } from "../context.ts";
import { Turn } from "../turn.ts";
import type { Pieces } from "./pieces.ts";

/** Up to this many bytes an answer is one buffer, and Bun's own from then on. */
const WHOLE_BYTES_MAX = 256 * 1024;
/** Answers are made once and sent once: a fast level. */
const GZIP_OPTIONS = { level: 1, chunkSize: 64 * 1024 };

/** Answers that are compressed at once: the threads that do it take their time from the event loop where cores are few. */
const COMPRESSED_AT_ONCE = 2;
const compressing = new Semaphore(COMPRESSED_AT_ONCE);

/**
 * What is in `pieces`, which get no more; it is charged to `charge`, which gives it back as it leaves. `gzip`: whether the
 * client takes it compressed. Base64 is sent as it is: it is mostly of what is compressed already.
 */
export async function pieceReply(
  pieces: Pieces,
  gzip: boolean,
  charge: Charge,
  context: Context,
): Promise<Response> {
  const headers: Record<string, string> = { "Content-Type": "application/json", "Cache-Control": "no-store" };
  let sent = pieces.finish();
  context.isCodingChosen = true;
  if (gzip && pieces.isText && bytesOf(sent) >= COMPRESS_BYTES_MIN) {
    headers["Content-Encoding"] = "gzip";
    const plain = sent;
    sent = await compressing.run(() => gzipped(plain));
  }
  const bytes = bytesOf(sent);
  if (bytes <= WHOLE_BYTES_MAX) return new Response(Buffer.concat(sent, bytes), { headers });
  charge.shrinkTo(bytes);
  charge.isKept = true;
  return new Response(streamOf([...sent], charge, context), { headers });
}

const bytesOf = (pieces: readonly Buffer[]) => pieces.reduce((sum, piece) => sum + piece.length, 0);

/** Compressed by zlib's threads; each of `pieces` is let go of as soon as it is. */
async function gzipped(pieces: readonly Buffer[]): Promise<Buffer[]> {
  const made: Buffer[] = [];
  const gzip = createGzip(GZIP_OPTIONS);
  const ended = once(gzip, "end");
  gzip.on("data", (chunk: Buffer) => made.push(chunk));
  for (const piece of pieces) {
    await new Promise<void>((resolve, reject) =>
      gzip.write(piece, (error) => (error ? reject(error) : resolve())),
    );
    release(piece);
  }
  gzip.end();
  await ended;
  return made;
}

/**
 * Bun pulls a piece whenever the connection takes one: where the client takes them as fast as they come, others have their
 * turns between them. A reader that takes none may be cut for room.
 */
function streamOf(pieces: Buffer[], charge: Charge, context: Context): ReadableStream<Uint8Array> {
  const { inFlight, server } = context;
  const turn = new Turn(context);
  let controller: ReadableStreamDefaultController<Uint8Array>;
  let left = charge.bytes;
  let last: Buffer | undefined;
  let isOver = false;
  const letGo = () => {
    isOver = true;
    inFlight.removeCuttable(reader);
    for (const piece of pieces.splice(0)) release(piece);
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
  const pull = () => {
    // A server has sent the one before, or has copied what of it the socket did not take.
    if (last !== undefined && server !== undefined) release(last);
    const piece = pieces.pop();
    last = piece;
    if (piece === undefined) {
      if (isOver) return;
      letGo();
      controller.close();
      return;
    }
    left -= piece.length;
    charge.shrinkTo(Math.max(0, left));
    controller.enqueue(piece);
  };
  pieces.reverse();
  return new ReadableStream<Uint8Array>(
    {
      start(given) {
        controller = given;
        inFlight.addCuttable(reader);
      },
      pull: () => (turn.isOver ? turn.rest().then(pull) : pull()),
      cancel: letGo,
    },
    { highWaterMark: 0 },
  );
}
