// Reads a request's body within bounds of bytes and time. Cold.

import { CacheeError, type ErrorCode } from "../../base/errors.ts";
import { REFUSED_BODY_BYTES_MAX, REFUSED_BODY_MS_MAX } from "../../base/limits.ts";
import { loopWork } from "../../base/loop/loop-work.ts";
import { release } from "../../base/bytes/release.ts";
import { charged, type Context } from "../context.ts";
import type { BodyBounds } from "./body-bounds.ts";

const LENGTH = /^\d+$/;

/**
 * The whole body of the context's request. Throws `tooLarge` past `bytesMax`, `body_timeout` when it does not arrive in
 * time, and `body_incomplete` when it ends early.
 */
export async function readBody(context: Context, bytesMax: number, tooLarge: ErrorCode): Promise<Uint8Array> {
  const { request } = context;
  const announced = lengthOf(request.headers);
  const refuse = () => new CacheeError(tooLarge, `The body is larger than ${bytesMax} bytes.`);
  if (announced !== undefined && announced > bytesMax) throw refuse();
  if (request.body === null) return new Uint8Array(0);
  const reader = request.body.getReader();
  context.body = "cut";
  const abandon = () => void reader.cancel().catch(() => {});
  const watch = new BodyWatch(context.bodyBounds, abandon);
  const charge = charged(context, "request_body");
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      watch.check();
      if (done) break;
      size += value.length;
      if (size > bytesMax) {
        watch.stop();
        if (await passOver(reader)) context.body = "whole";
        throw refuse();
      }
      charge.cover(size);
      chunks.push(value);
    }
  } catch (thrown) {
    abandon();
    for (const chunk of chunks) release(chunk);
    if (thrown instanceof CacheeError) throw thrown;
    throw new CacheeError("body_incomplete", "The body ended early.");
  } finally {
    watch.stop();
  }
  if (announced !== undefined && size !== announced) {
    throw new CacheeError("body_incomplete", "The body is shorter than its Content-Length.");
  }
  context.body = "whole";
  loopWork.begin(context.work, Bun.nanoseconds());
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
  if (!LENGTH.test(field)) throw new CacheeError("bad_header", "Content-Length is there more than once.");
  return Number(field);
}

/**
 * Reads past the body of a request that was answered without it, if that is little and there at once: a client, or a
 * proxy that shares its connections, may never send the rest, and what it sends next would be taken for it. Returns
 * whether the body has ended, so that the connection can be used again.
 */
export async function readPast(context: Context): Promise<boolean> {
  const { body, headers } = context.request;
  if (context.body !== "unread" || body === null) return context.body !== "cut";
  const announced = headers.get("content-length");
  if (announced !== null && !(Number(announced) <= REFUSED_BODY_BYTES_MAX)) return false;
  return await passOver(body.getReader());
}

type BodyReader = Pick<ReadableStreamDefaultReader<Uint8Array>, "read" | "cancel">;

/** Whether what `reader` still has is REFUSED_BODY_BYTES_MAX at most, and comes within REFUSED_BODY_MS_MAX. */
async function passOver(reader: BodyReader): Promise<boolean> {
  let isLate = false;
  const abandon = () => void reader.cancel().catch(() => {});
  const timer = setTimeout(() => {
    isLate = true;
    abandon();
  }, REFUSED_BODY_MS_MAX);
  let bytes = 0;
  try {
    while (bytes <= REFUSED_BODY_BYTES_MAX) {
      const { done, value } = await reader.read();
      if (done) return !isLate;
      bytes += value.length;
      release(value);
    }
    abandon();
  } catch {
    // It broke off: nobody is left to use the connection.
  } finally {
    clearTimeout(timer);
  }
  return false;
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
    if (this.#late !== undefined) throw new CacheeError("body_timeout", this.#late);
    this.#silence.refresh();
  }

  stop(): void {
    clearTimeout(this.#whole);
    clearTimeout(this.#silence);
  }
}
