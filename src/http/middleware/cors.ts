// Cross-origin requests (Fetch standard, §3.2): preflights, and the fields of answers to allowed origins.

import type { Middleware } from "../context.ts";

const METHODS = "GET, HEAD, PUT, POST, DELETE";
const REQUEST_FIELDS =
  "Authorization, Content-Type, Content-Encoding, Cache-Control, Cache-Tag, If-Match, If-None-Match, " +
  "X-Api-Key, X-Cache-Lease, X-Lease-Wait, X-Min-Version, X-Request-Id, X-Ttl";
const RESPONSE_FIELDS =
  "Age, ETag, Cache-Status, Cache-Tag, Retry-After, X-Cache-Lease, X-Cache-Version, X-Request-Id";
const PREFLIGHT_SECONDS = "600";

/** `origins` holds allowed origins, or `*`. */
export function cors(origins: readonly string[]): Middleware {
  const any = origins.includes("*");
  return (next) => async (context) => {
    const { headers, method } = context.request;
    const origin = headers.get("origin");
    const allowed = any ? "*" : origin;
    const isAllowed = origin !== null && (any || origins.includes(origin));
    const preflight = isAllowed && method === "OPTIONS" && headers.has("access-control-request-method");
    const response = preflight ? new Response(null, { status: 204 }) : await next(context);
    // What one origin is answered must not be kept for another, nor for a request without one. The fast lane's say so.
    const vary = response.headers.get("vary") ?? "";
    if (!/(?:^|,)\s*origin\s*(?:,|$)/i.test(vary)) response.headers.append("Vary", "Origin");
    if (!isAllowed) return response;
    response.headers.set("Access-Control-Allow-Origin", allowed!);
    if (preflight) {
      response.headers.set("Access-Control-Allow-Methods", METHODS);
      response.headers.set("Access-Control-Allow-Headers", REQUEST_FIELDS);
      response.headers.set("Access-Control-Max-Age", PREFLIGHT_SECONDS);
    } else {
      response.headers.set("Access-Control-Expose-Headers", RESPONSE_FIELDS);
    }
    return response;
  };
}
