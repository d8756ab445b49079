// Turns what handlers throw into answers: expected failures into problems, bugs into a bare 500 that the log knows.

import { reportBug } from "../../base/bug.ts";
import { CacheeError } from "../../base/errors.ts";
import type { Log } from "../../base/log.ts";
import type { Middleware } from "../context.ts";
import { bugReply, problemOf } from "../reply/problem.ts";

export function errors(log: Log): Middleware {
  return (next) => async (context) => {
    try {
      return await next(context);
    } catch (thrown) {
      if (thrown instanceof CacheeError) return problemOf(thrown);
      const { requestId, request } = context;
      return bugReply(reportBug(log, thrown, { requestId, method: request.method }));
    }
  };
}
