// Ends connections that are not to be used again, and dates answers that Bun does not.

import type { Lifecycle } from "../../base/lifecycle.ts";
import type { Context, Middleware } from "../context.ts";
import { readPast } from "../request/body.ts";

/** Over HTTP/2 Bun leaves `Connection` out. */
export function connection(lifecycle: Lifecycle): Middleware {
  return (next) => async (context) => {
    const response = await next(context);
    const { method } = context.request;
    // Bun 1.4.5 dates every answer but those to HEAD over HTTP/1.1.
    if (method === "HEAD") response.headers.set("Date", new Date().toUTCString());
    const isOver = lifecycle.state === "draining" || (await isUnusable(context, response.status));
    if (isOver) response.headers.set("Connection", "close");
    return response;
  };
}

/** Whether what the client sends next could be taken for something else than a request. */
async function isUnusable(context: Context, status: number): Promise<boolean> {
  const { method, headers } = context.request;
  switch (method) {
    case "GET":
    case "HEAD":
      return false;
    // Bun reads no further request.
    case "CONNECT":
      return true;
    default:
      // Bun 1.4.5 takes trailer fields for the head of a next request, which it refuses.
      if (headers.has("trailer")) return true;
      // Who waits for a 100 before the body may never send it (RFC 9110 §10.1.1).
      return (status >= 400 && headers.has("expect")) || !(await readPast(context));
  }
}
