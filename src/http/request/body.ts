// Reads a request's body within bounds of bytes and time. Cold.

import { CacheeError, type ErrorCode } from "../../base/errors.ts";
import { BODY_MS_MAX, BODY_SILENCE_MS_MAX } from "../../base/limits.ts";
import { release } from "../../base/release.ts";

/** How long a body may take: from first to last, and from one piece of it to the next. */
export interface BodyBounds {
  readonly wholeMsMax: number;
  readonly silenceMsMax: number;
}

export const BODY_BOUNDS: BodyBounds = { wholeMsMax: BODY_MS_MAX, silenceMsMax: BODY_SILENCE_MS_MAX };

/** What is left of the body may never come, so the connection cannot be used again. */
const CLOSE = { Connection: "close" };
const LENGTH = /^\d+$/;

/**
 * The whole body of `request`. Throws `tooLarge` past `bytesMax`, `body_timeout` when it does not arrive in time,
 * and `body_incomplete` when it ends early.
 *
 * A body that is too large is not waited for, and yet the connection stays: Bun lets the rest of it go by. Closing
 * would reset the connection under a client that is still sending, and often cost it the answer (RFC 9112 §9.6).
 */
export async function readBody(
  request: Request,
  bounds: BodyBounds,
  bytesMax: number,
  tooLarge: ErrorCode,
): Promise<Uint8Array> {
  const announced = lengthOf(request.headers);
  const refuse = () => new CacheeError(tooLarge, `The body is larger than ${bytesMax} bytes.`);
  if (announced !== undefined && announced > bytesMax) throw refuse();
  if (request.body === null) return new Uint8Array(0);
  const reader = request.body.getReader();
  const abandon = () => void reader.cancel().catch(() => {});
  const watch = new BodyWatch(bounds, abandon);
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      watch.check();
      if (done) break;
      size += value.length;
      if (size > bytesMax) {
        abandon();
        throw refuse();
      }
      chunks.push(value);
    }
  } catch (thrown) {
    for (const chunk of chunks) release(chunk);
    if (thrown instanceof CacheeError) throw thrown;
    throw new CacheeError("body_incomplete", "The body ended early.", CLOSE);
  } finally {
    watch.stop();
  }
  if (announced !== undefined && size !== announced) {
    throw new CacheeError("body_incomplete", "The body is shorter than its Content-Length.", CLOSE);
  }
  if (chunks.length === 1) return chunks[0]!;
  const whole = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
    release(chunk);
  }
  return whole;
}

/** Bun takes several Content-Length fields that agree, and joins them; there should be one. */
function lengthOf(headers: Headers): number | undefined {
  const field = headers.get("content-length");
  if (field === null) return undefined;
  if (!LENGTH.test(field))
    throw new CacheeError("bad_header", "Content-Length is there more than once.", CLOSE);
  return Number(field);
}

/** The two deadlines of a body on its way in. */
class BodyWatch {
  readonly #whole: Timer;
  readonly #silence: Timer;
  #late: string | undefined;

  /** `abandon` is called when a deadline passes. */
  constructor(bounds: BodyBounds, abandon: () => void) {
    const timer = (what: string, ms: number) =>
      setTimeout(() => {
        this.#late = `The body ${what} for more than ${ms} ms.`;
        abandon();
      }, ms);
    this.#whole = timer("was on its way", bounds.wholeMsMax);
    this.#silence = timer("paused", bounds.silenceMsMax);
  }

  /** Notes that something came. Throws `body_timeout` if it was nothing but the abandonment. */
  check(): void {
    if (this.#late !== undefined) throw new CacheeError("body_timeout", this.#late, CLOSE);
    this.#silence.refresh();
  }

  stop(): void {
    clearTimeout(this.#whole);
    clearTimeout(this.#silence);
  }
}
