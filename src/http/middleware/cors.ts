// Cross-origin requests (Fetch standard, §3.2): preflights, and the fields of answers to allowed origins.

import type { Middleware } from "../context.ts";

const METHODS = "GET, HEAD, PUT, POST, DELETE";
const REQUEST_FIELDS =
  "Authorization, Content-Type, Content-Encoding, Cache-Control, Cache-Tag, If-Match, If-None-Match, " +
  "X-Api-Key, X-Cache-Lease, X-Lease-Wait, X-Min-Version, X-Request-Id, X-Ttl";
const RESPONSE_FIELDS = "ETag, Cache-Status, Retry-After, X-Cache-Lease, X-Cache-Version, X-Request-Id";
const PREFLIGHT_SECONDS = "600";

/** `origins` holds allowed origins, or `*`. */
export function cors(origins: readonly string[]): Middleware {
  const any = origins.includes("*");
  return (next) => async (context) => {
    const { headers, method } = context.request;
    const origin = headers.get("origin");
    if (origin === null || !(any || origins.includes(origin))) return next(context);
    const allowed = any ? "*" : origin;
    const preflight = method === "OPTIONS" && headers.has("access-control-request-method");
    const response = preflight ? new Response(null, { status: 204 }) : await next(context);
    response.headers.set("Access-Control-Allow-Origin", allowed);
    if (!any) response.headers.append("Vary", "Origin");
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
