// Reads the token of `Authorization: Bearer TOKEN`, the scheme in any case (RFC 6750, RFC 9110 §11.1). Hot.

/** Nothing when the field is absent, of another scheme, or has no token. */
export function bearerToken(authorization: string | null): string | null {
  if (authorization === null) return null;
  const match = /^bearer +([^ ]+) *$/i.exec(authorization);
  return match === null ? null : match[1]!;
}
