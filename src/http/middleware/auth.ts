// Wants an API key with the access that an endpoint asks for.

import type { Scope } from "../../auth/api-key.ts";
import type { Keyring } from "../../auth/keyring.ts";
import { credentialsOf, keyOf, type Credentials } from "../../gate/credentials.ts";
import type { Context, Middleware } from "../context.ts";
import { problem } from "../reply/problem.ts";
import type { Access } from "../route.ts";

const CHALLENGE = { "WWW-Authenticate": "Bearer" };

export function auth(keyring: Keyring, access: Access, present = credentialsOf): Middleware {
  if (access === "public") return (next) => next;
  const scopes = access === "any key" ? undefined : access;
  return (next) => (context) => refusalOf(context, keyring, scopes, present) ?? next(context);
}

/** The answer to those who may not; else nothing, and the context has the key. */
function refusalOf(
  context: Context,
  keyring: Keyring,
  scopes: readonly Scope[] | undefined,
  present: (headers: Headers) => Credentials | undefined,
): Response | undefined {
  const credentials = present(context.request.headers);
  if (credentials === undefined) {
    return problem("unauthorized", "This needs an API key: x-api-key, or Authorization: Bearer.", CHALLENGE);
  }
  const apiKey = keyOf(credentials, keyring);
  if (apiKey === undefined) return problem("unauthorized", "The API key is not known here.", CHALLENGE);
  if (scopes !== undefined && !scopes.some((scope) => apiKey[scope])) {
    const wanted = scopes.map((scope) => `"${scope}"`).join(" or ");
    return problem("forbidden", `This API key does not have the scope ${wanted}.`);
  }
  context.apiKey = apiKey;
  return undefined;
}
