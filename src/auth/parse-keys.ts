// Reads all entries of a setting or a file of API keys. Cold.

import { createHash } from "node:crypto";
import { API_KEYS_MAX } from "../base/limits.ts";
import { parseApiKey, type ConfiguredKey, type Secret } from "./api-key.ts";

/**
 * Reads entries of `separator`-separated text (commas in a setting, line feeds in a file with `#` comments). Returns the
 * keys, or one sentence about the first entry that is wrong, without its content.
 */
export function parseApiKeys(text: string, separator: "," | "\n", source: string): ConfiguredKey[] | string {
  const keys: ConfiguredKey[] = [];
  const places = new Map<string, string>();
  for (const [index, part] of text.split(separator).entries()) {
    const entry = part.trim();
    if (entry === "" || (separator === "\n" && entry.startsWith("#"))) continue;
    const place = `${separator === "," ? "entry" : "line"} ${index + 1}`;
    const parsed = parseApiKey(entry, `${source}: ${place}`);
    if (typeof parsed === "string") return parsed;
    const digest = digestOf(parsed.secret);
    const other = places.get(digest);
    if (other !== undefined) return `${source}: ${place} has the secret of ${other}`;
    places.set(digest, place);
    keys.push(parsed);
  }
  return keys.length > API_KEYS_MAX ? `${source} has more than ${API_KEYS_MAX} keys` : keys;
}

function digestOf(secret: Secret): string {
  if (secret.kind === "sha256") return Buffer.from(secret.digest).toString("hex");
  return createHash("sha256").update(secret.text).digest("hex");
}
