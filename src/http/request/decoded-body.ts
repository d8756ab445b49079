// Reads a request's body and undoes its Content-Encoding, both within one bound of bytes. Cold.

import type { ErrorCode } from "../../base/errors.ts";
import { charged, type Context } from "../context.ts";
import { readBody } from "./body.ts";
import { contentDecoder, decodeBody } from "./content-decoding.ts";

/** At most `bytesMax` bytes, as sent and decoded; `tooLarge` says which refusal it is past that. */
export async function readDecoded(
  context: Context,
  bytesMax: number,
  tooLarge: ErrorCode,
): Promise<Uint8Array> {
  const decoder = contentDecoder(context.request.headers.get("content-encoding"));
  const sent = await readBody(context, bytesMax, tooLarge);
  if (decoder === undefined) return sent;
  return decodeBody(decoder, sent, { bytesMax, tooLarge, charge: charged(context, "request_body") });
}
