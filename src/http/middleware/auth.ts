// Wants a known API key on every path that is not public.

import type { Keyring } from "../../auth/keyring.ts";
import { CacheeError } from "../../base/errors.ts";
import type { Middleware } from "../context.ts";
import { bearerToken } from "../../gate/bearer.ts";
import { isPublic } from "../router.ts";

const CHALLENGE = { "WWW-Authenticate": "Bearer" };

export function auth(keyring: Keyring): Middleware {
  return (next) => (context) => {
    if (isPublic(context.path)) return next(context);
    const { headers } = context.request;
    const presented = headers.get("x-api-key") ?? bearerToken(headers.get("authorization"));
    if (presented === null) {
      throw new CacheeError(
        "unauthorized",
        "This needs an API key: x-api-key, or Authorization: Bearer.",
        CHALLENGE,
      );
    }
    const apiKey = keyring.findHashed(presented);
    if (apiKey === undefined)
      throw new CacheeError("unauthorized", "The API key is not known here.", CHALLENGE);
    context.apiKey = apiKey;
    return next(context);
  };
}
