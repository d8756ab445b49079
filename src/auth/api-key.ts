// An API key as configured: its name, scopes, prefix and secret, and how it is written in settings. Cold.

import { CacheeError } from "../base/errors.ts";
import { SECRET_BYTES_MAX } from "../base/limits.ts";

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

const STRUCTURED = /^([A-Za-z0-9_.-]{1,64}):([a-z+]+)(?::([^=]*))?=(.+)$/;
const PRINTABLE = /^[\x21-\x7e]+$/;

/**
 * Reads one entry: `NAME:SCOPES[:PREFIX]=SECRET`, or a bare SECRET with all scopes under the name `default`.
 * `position` names the entry in complaints, which never repeat the entry: it holds a secret.
 */
export function parseApiKey(text: string, position: string): ConfiguredKey | string {
  const structured = STRUCTURED.exec(text);
  if (structured === null) {
    if (/^[^=]*:[^=]*=/.test(text)) {
      return `${position} is not of the form NAME:SCOPES[:PREFIX]=SECRET`;
    }
    const secret = parseSecret(text, position);
    if (typeof secret === "string") return secret;
    return { key: { name: "default", read: true, write: true, admin: true, prefix: "" }, secret };
  }
  const scopes = structured[2]!.split("+");
  const unknown = scopes.find((scope) => !(SCOPES as readonly string[]).includes(scope));
  if (unknown !== undefined) {
    return `${position} has a scope other than ${SCOPES.join(", ")}`;
  }
  const secret = parseSecret(structured[4]!, position);
  if (typeof secret === "string") return secret;
  const has = (scope: Scope) => scopes.includes(scope);
  const key = {
    name: structured[1]!,
    read: has("read"),
    write: has("write"),
    admin: has("admin"),
    prefix: structured[3] ?? "",
  };
  return { key, secret };
}

function parseSecret(text: string, position: string): Secret | string {
  if (text.startsWith("sha256:")) {
    const hex = text.slice("sha256:".length);
    if (!/^[0-9a-fA-F]{64}$/.test(hex)) return `${position} has a sha256 secret that is not 64 hex digits`;
    return { kind: "sha256", digest: Uint8Array.fromHex(hex) };
  }
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
