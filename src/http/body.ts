// Reads a request's body within a bound of bytes and time. Cold.

import { CacheeError, type ErrorCode } from "../base/errors.ts";
import { release } from "../base/release.ts";
import { BODY_MS_MAX } from "../base/limits.ts";

/** After a refusal the rest of the body is not read, so the connection cannot be used again. */
const CLOSE = { Connection: "close" };

/**
 * The whole body of `request`. Throws `tooLarge` past `bytesMax`, `body_timeout` when it does not arrive in time,
 * and `body_incomplete` when it ends early.
 */
export async function readBody(request: Request, bytesMax: number, tooLarge: ErrorCode): Promise<Uint8Array> {
  const refuse = () => new CacheeError(tooLarge, `The body is larger than ${bytesMax} bytes.`, CLOSE);
  const announced = request.headers.get("content-length");
  if (announced !== null && Number(announced) > bytesMax) throw refuse();
  if (request.body === null) return new Uint8Array(0);
  const reader = request.body.getReader();
  const chunks: Uint8Array[] = [];
  let size = 0;
  let late = false;
  const deadline = setTimeout(() => {
    late = true;
    void reader.cancel().catch(() => {});
  }, BODY_MS_MAX);
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (late) throw new CacheeError("body_timeout", `The body took longer than ${BODY_MS_MAX} ms.`, CLOSE);
      if (done) break;
      size += value.length;
      if (size > bytesMax) {
        void reader.cancel().catch(() => {});
        throw refuse();
      }
      chunks.push(value);
    }
  } catch (thrown) {
    if (thrown instanceof CacheeError) throw thrown;
    throw new CacheeError("body_incomplete", "The body ended early.", CLOSE);
  } finally {
    clearTimeout(deadline);
  }
  if (announced !== null && size !== Number(announced)) {
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
