// An API key as configured: its name, scopes, prefix and secret, and how it is written in settings. Cold.

import { CacheeError } from "../base/errors.ts";
import { BARE_SECRET_CHARS_MIN, SECRET_BYTES_MAX } from "../base/limits.ts";

const SCOPES = ["read", "write", "admin"] as const;
export type Scope = (typeof SCOPES)[number];

export interface ApiKey {
  readonly name: string;
  readonly read: boolean;
  readonly write: boolean;
  readonly admin: boolean;
  /** Decoded cache keys that it may touch begin with this; empty: all. */
  readonly prefix: string;
}

/** How a configured secret is known: in clear text, or by its SHA-256 digest. */
export type Secret =
  | { readonly kind: "clear"; readonly text: string }
  | { readonly kind: "sha256"; readonly digest: Uint8Array };

export interface ConfiguredKey {
  readonly key: ApiKey;
  readonly secret: Secret;
}

const ALL_SCOPES = { name: "default", read: true, write: true, admin: true, prefix: "" } as const;
const FORM = "NAME:SCOPES[:PREFIX]=SECRET";
const NAME = /^[A-Za-z0-9_.-]{1,64}$/;
const PRINTABLE = /^[\x21-\x7e]+$/;
const SHA256 = "sha256:";

/** The key with every scope and no prefix whose secret is `text`. */
export function bareKey(text: string): ConfiguredKey {
  return { key: ALL_SCOPES, secret: { kind: "clear", text } };
}

/**
 * Reads one entry: `NAME:SCOPES[:PREFIX]=SECRET`, or a bare SECRET with all scopes under the name `default`. Returns the
 * key, or a sentence about what is wrong. The sentence begins with `position` and never repeats the entry, which holds a
 * secret. An entry that was cut short or split at a comma must not become a bare secret: hence what those may not have.
 */
export function parseApiKey(text: string, position: string): ConfiguredKey | string {
  if (text.includes(",")) return `${position} has a comma: neither prefix nor secret may have one`;
  const isDigest = text.toLowerCase().startsWith(SHA256);
  const equals = text.indexOf("=");
  if (isDigest || equals === -1) return parseBare(text, isDigest, position);
  const [name, scopes, prefix = "", ...rest] = text.slice(0, equals).split(":");
  if (scopes === undefined)
    return `${position} is not of the form ${FORM}, and a bare secret may not have a =`;
  if (rest.length > 0) return `${position} has a prefix with a colon`;
  if (!NAME.test(name!)) return `${position} has a name other than 1 to 64 letters, digits, or any of _ . -`;
  const given = scopes.split("+");
  if (given.some((scope) => !(SCOPES as readonly string[]).includes(scope))) {
    return `${position} has a scope other than ${SCOPES.join(", ")}`;
  }
  const secret = parseSecret(text.slice(equals + 1), position);
  if (typeof secret === "string") return secret;
  const has = (scope: Scope) => given.includes(scope);
  return {
    key: { name: name!, read: has("read"), write: has("write"), admin: has("admin"), prefix },
    secret,
  };
}

function parseBare(text: string, isDigest: boolean, position: string): ConfiguredKey | string {
  if (!isDigest && text.includes(":")) {
    return `${position} has no =SECRET: it is not of the form ${FORM}, and a bare secret may not have a colon`;
  }
  if (!isDigest && text.length < BARE_SECRET_CHARS_MIN) {
    return `${position} is a bare secret of fewer than ${BARE_SECRET_CHARS_MIN} characters`;
  }
  const secret = parseSecret(text, position);
  return typeof secret === "string" ? secret : { key: ALL_SCOPES, secret };
}

function parseSecret(text: string, position: string): Secret | string {
  if (text.toLowerCase().startsWith(SHA256)) {
    const hex = text.slice(SHA256.length);
    if (!/^[0-9a-fA-F]{64}$/.test(hex)) return `${position} has a sha256 secret that is not 64 hex digits`;
    return { kind: "sha256", digest: Uint8Array.fromHex(hex) };
  }
  if (text === "") return `${position} has an empty secret`;
  if (!PRINTABLE.test(text)) return `${position} has a secret with characters other than printable ASCII`;
  if (text.length > SECRET_BYTES_MAX) return `${position} has a secret above ${SECRET_BYTES_MAX} bytes`;
  return { kind: "clear", text };
}

/** Throws `forbidden` unless `key` has `scope` and, where a cache key is given, is not confined elsewhere. */
export function requireScope(key: ApiKey, scope: Scope, cacheKey?: string): void {
  if (!key[scope]) throw new CacheeError("forbidden", `This API key does not have the scope "${scope}".`);
  if (cacheKey !== undefined && !cacheKey.startsWith(key.prefix)) {
    throw new CacheeError(
      "forbidden",
      "This API key is confined to a prefix that the cache key does not have.",
    );
  }
}
