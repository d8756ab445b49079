// Turns what handlers throw into answers: expected failures into problems, bugs into a bare 500 that the log knows.

import { reportBug } from "../../base/bug.ts";
import { CacheeError } from "../../base/errors.ts";
import type { Log } from "../../base/log.ts";
import type { Context, Middleware } from "../context.ts";
import { problemReply } from "../../gate/problem.ts";

/**
 * Two refusals end the connection: who waits for a 100 before the body may never send it (RFC 9110 §10.1.1), and after
 * a CONNECT Bun reads no further request.
 */
function refusal(error: CacheeError, { request }: Context): Response {
  const response = problemReply(error);
  if (request.headers.has("expect") || request.method === "CONNECT")
    response.headers.set("Connection", "close");
  return response;
}

export function errors(log: Log): Middleware {
  const answer = (thrown: unknown, context: Context): Response => {
    if (thrown instanceof CacheeError) return refusal(thrown, context);
    const { requestId, request } = context;
    const id = reportBug(log, thrown, { requestId, method: request.method });
    return problemReply(new CacheeError("internal", "A fault of the server; its log has this id."), { id });
  };
  return (next) => async (context) => {
    try {
      return await next(context);
    } catch (thrown) {
      return answer(thrown, context);
    }
  };
}
