// Fields that keep browsers from misusing what the service says of itself; cache entries carry their own.

import type { Middleware } from "../context.ts";
import { CACHE_PATH } from "../../gate/key.ts";

export const securityHeaders: Middleware = (next) => async (context) => {
  const response = await next(context);
  if (context.path.startsWith(CACHE_PATH)) return response;
  const { headers } = response;
  headers.set("X-Content-Type-Options", "nosniff");
  headers.set("Referrer-Policy", "no-referrer");
  headers.set("X-Frame-Options", "DENY");
  if (!headers.has("Content-Security-Policy")) {
    headers.set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'");
  }
  return response;
};
