// Reads the secret that a request presents: x-api-key, or `Authorization: Bearer TOKEN`. Hot.

/** The secret in x-api-key or, where that is absent, in Authorization. */
export function presentedSecret(headers: Headers): string | null {
  return headers.get("x-api-key") ?? bearerToken(headers.get("authorization"));
}

/**
 * The token of a field of the scheme Bearer, written in any case (RFC 6750, RFC 9110 §11.1); nothing when the field is
 * absent, of another scheme, or has no token.
 */
export function bearerToken(authorization: string | null): string | null {
  if (authorization === null) return null;
  const match = /^bearer +([^ ]+) *$/i.exec(authorization);
  return match === null ? null : match[1]!;
}
