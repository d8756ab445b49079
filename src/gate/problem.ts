// Error bodies: application/problem+json (RFC 9457) with a stable code. Cold.

import { CacheeError } from "../base/errors.ts";

const TITLES: Readonly<Record<number, string>> = {
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  406: "Not Acceptable",
  408: "Request Timeout",
  412: "Precondition Failed",
  413: "Content Too Large",
  415: "Unsupported Media Type",
  426: "Upgrade Required",
  429: "Too Many Requests",
  500: "Internal Server Error",
  503: "Service Unavailable",
};

/** The answer to a request that failed as `error` says; `type` is about:blank, so `title` is the status's own. */
export function problemReply(error: CacheeError, extra: Readonly<Record<string, string>> = {}): Response {
  const { status } = error;
  const body = {
    type: "about:blank",
    title: TITLES[status] ?? "Error",
    status,
    detail: error.message,
    code: error.code,
    ...extra,
  };
  return new Response(JSON.stringify(body), {
    status,
    headers: {
      "Content-Type": "application/problem+json",
      "Cache-Control": "no-store",
      "X-Content-Type-Options": "nosniff",
      ...error.headers,
    },
  });
}
