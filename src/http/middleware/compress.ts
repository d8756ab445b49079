// Compresses the service's own text pages (metrics, stats) for clients that accept it; what has an ETag has variants.

import { gzipSync } from "node:zlib";
import { COMPRESS_BYTES_MIN } from "../../base/limits.ts";
import { CODINGS, type CodingIndex } from "../../record/coding.ts";
import { chooseCoding, type Preferences } from "../request/accept-encoding.ts";
import type { Middleware } from "../context.ts";
import { CACHE_PATH } from "../../gate/key.ts";

const TEXT = /^(?:text\/|application\/json)/;
const GZIP: CodingIndex = 2;
/** Pages are made once and sent once: a fast level. */
const LEVEL = 1;

export function compress(preferences: Preferences): Middleware {
  return (next) => async (context) => {
    const response = await next(context);
    if (context.path.startsWith(CACHE_PATH) || response.headers.has("etag")) return response;
    if (response.status !== 200 || !TEXT.test(response.headers.get("content-type") ?? "")) return response;
    response.headers.append("Vary", "Accept-Encoding");
    const preference = preferences.of(context.request.headers.get("accept-encoding"));
    if (chooseCoding(preference, 1 | (1 << GZIP), [GZIP, 0]) !== GZIP) return response;
    const page = await response.bytes();
    const { status, headers } = response;
    if (page.length < COMPRESS_BYTES_MIN) return new Response(page, { status, headers });
    headers.set("Content-Encoding", CODINGS[GZIP]);
    return new Response(gzipSync(page, { level: LEVEL }), { status, headers });
  };
}
