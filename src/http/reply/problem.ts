// Error bodies: application/problem+json (RFC 9457) with a stable code. Cold.

import { STATUS_BY_CODE, type CacheeError, type ErrorCode } from "../../base/errors.ts";

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

/** A refusal for the reason `code`; `detail` is the sentence for whoever reads it. */
export function problem(
  code: ErrorCode,
  detail: string,
  headers?: Readonly<Record<string, string>>,
  extra?: Readonly<Record<string, unknown>>,
): Response {
  const status = STATUS_BY_CODE[code];
  // The type is about:blank, so the title is the status's own.
  const body = { type: "about:blank", title: TITLES[status] ?? "Error", status, detail, code, ...extra };
  const response = new Response(JSON.stringify(body), {
    status,
    headers: {
      "Content-Type": "application/problem+json",
      "Cache-Control": "no-store",
      "X-Content-Type-Options": "nosniff",
      ...headers,
    },
  });
  if (code !== "key_not_found") codes.set(response, code);
  return response;
}

/** The code of each refusal; that a key is not there is an answer, not a refusal. */
const codes = new WeakMap<Response, ErrorCode>();

/** Why `response` refuses; `undefined` if it does not. */
export function refusalOf(response: Response): ErrorCode | undefined {
  return codes.get(response);
}

/** The refusal that `error` tells of. */
export function problemOf(error: CacheeError): Response {
  return problem(error.code, error.message, error.headers);
}

/** A bug: the log has it under `id`. */
export function bugReply(id: string): Response {
  return problem("internal", "A fault of the server; its log has this id.", undefined, { id });
}
