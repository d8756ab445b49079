// What a request presents of an API key: x-api-key or, where that is absent, Authorization with Bearer or Basic.

import type { ApiKey } from "../auth/api-key.ts";
import type { Keyring } from "../auth/keyring.ts";

export interface Credentials {
  /** The name of the key, where one was presented with the secret. */
  readonly name?: string | undefined;
  readonly secret: string;
}

/** The credentials of a request; nothing where it has none. Cold. */
export function credentialsOf(headers: Headers): Credentials | undefined {
  const secret = headers.get("x-api-key");
  if (secret !== null) return { secret };
  const authorization = headers.get("authorization");
  if (authorization === null) return undefined;
  const token = bearerToken(authorization);
  return token === null ? basicCredentials(authorization) : { secret: token };
}

/** The key that `credentials` are those of; a name that is not the key's own is refused. Cold. */
export function keyOf({ name, secret }: Credentials, keyring: Keyring): ApiKey | undefined {
  const apiKey = keyring.findHashed(secret);
  return name === undefined || name === apiKey?.name ? apiKey : undefined;
}

/** The key of a request by clear texts alone; whatever is doubtful is `undefined` and for `keyOf` to decide. Hot. */
export function fastKeyOf(headers: Headers, keyring: Keyring): ApiKey | undefined {
  const secret = headers.get("x-api-key");
  if (secret !== null) return keyring.find(secret);
  const authorization = headers.get("authorization");
  if (authorization === null) return undefined;
  const token = bearerToken(authorization);
  if (token !== null) return keyring.find(token);
  const basic = basicCredentials(authorization);
  if (basic === undefined) return undefined;
  const apiKey = keyring.find(basic.secret);
  return basic.name === undefined || basic.name === apiKey?.name ? apiKey : undefined;
}

/** The token of the scheme Bearer, written in any case (RFC 6750, RFC 9110 §11.1); null for another scheme or none. */
function bearerToken(authorization: string): string | null {
  const match = /^bearer +([^ ]+) *$/i.exec(authorization);
  return match === null ? null : match[1]!;
}

/** `NAME:SECRET` or `:SECRET` in base64, of the scheme Basic (RFC 7617). */
function basicCredentials(authorization: string): Credentials | undefined {
  const match = /^basic +([A-Za-z0-9+/]+={0,2}) *$/i.exec(authorization);
  if (match === null) return undefined;
  const pair = Buffer.from(match[1]!, "base64").toString("utf8");
  const colon = pair.indexOf(":");
  if (colon === -1) return undefined;
  return { name: colon === 0 ? undefined : pair.slice(0, colon), secret: pair.slice(colon + 1) };
}
