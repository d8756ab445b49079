// Ends connections on which no further request can be read.

import type { Middleware } from "../context.ts";

/**
 * Two refusals end the connection: who waits for a 100 before the body may never send it (RFC 9110 §10.1.1), and after
 * a CONNECT Bun reads no further request.
 */
export const connection: Middleware = (next) => async (context) => {
  const response = await next(context);
  const { headers, method } = context.request;
  if (response.status >= 400 && (method === "CONNECT" || headers.has("expect"))) {
    response.headers.set("Connection", "close");
  }
  return response;
};
