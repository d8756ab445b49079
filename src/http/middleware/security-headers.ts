// Fields that keep browsers from misusing what the service says of itself, or from coming without TLS where there is TLS.

import type { Middleware } from "../context.ts";
import { CACHE_PATH } from "../../gate/key.ts";
import { STRICT_TRANSPORT } from "../reply/fields.ts";

export const securityHeaders: Middleware = (next) => async (context) => {
  const response = await next(context);
  if (context.request.url.startsWith("https:")) response.headers.set(...STRICT_TRANSPORT);
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
