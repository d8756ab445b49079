// Compresses the service's own text pages (metrics, stats) for clients that accept it; what has an ETag has variants.

import { promisify } from "node:util";
import zlib from "node:zlib";
import { COMPRESS_BYTES_MIN } from "../../base/limits.ts";
import { acceptsGzip, type Preferences } from "../request/accept-encoding.ts";
import type { Middleware } from "../context.ts";
import { CACHE_PATH } from "../../gate/key.ts";

/** Not events: they have no end. */
const TEXT = /^(?:text\/(?!event-stream)|application\/json)/;
const gzip = promisify(zlib.gzip);
/** Pages are made once and sent once: a fast level. */
const LEVEL = 1;

export function compress(preferences: Preferences): Middleware {
  return (next) => async (context) => {
    const response = await next(context);
    if (context.path.startsWith(CACHE_PATH) || response.headers.has("etag")) return response;
    if (response.status !== 200 || !TEXT.test(response.headers.get("content-type") ?? "")) return response;
    response.headers.append("Vary", "Accept-Encoding");
    if (context.isCodingChosen || response.headers.has("content-encoding")) return response;
    if (!acceptsGzip(preferences, context.request.headers)) return response;
    const page = await response.bytes();
    const { status, headers } = response;
    if (page.length < COMPRESS_BYTES_MIN) return new Response(page, { status, headers });
    headers.set("Content-Encoding", "gzip");
    return new Response(await gzip(page, { level: LEVEL }), { status, headers });
  };
}
