// Echoes x-request-id, or makes one.

import { REQUEST_ID_CHARS_MAX } from "../../base/limits.ts";
import type { Middleware } from "../context.ts";

const WELL_FORMED = /^[\x21-\x7e]+$/;

export const requestId: Middleware = (next) => async (context) => {
  const given = context.request.headers.get("x-request-id");
  const usable = given !== null && given.length <= REQUEST_ID_CHARS_MAX && WELL_FORMED.test(given);
  context.requestId = usable ? given : crypto.randomUUID();
  const response = await next(context);
  response.headers.set("X-Request-Id", context.requestId);
  return response;
};
