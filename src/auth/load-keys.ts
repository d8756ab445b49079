// Gathers the configured API keys from the settings and the keys file, or makes one for this run. Cold.

import { readFileSync } from "node:fs";
import { messageOf } from "../base/bug.ts";
import { SettingError, type Settings } from "../base/settings/settings.ts";
import { bareKey, type ConfiguredKey } from "./api-key.ts";
import { parseApiKeys } from "./parse-keys.ts";

type KeySettings = Pick<Settings, "apiKeys" | "keysFile" | "host">;

export interface LoadedKeys {
  readonly keys: readonly ConfiguredKey[];
  /** The secret made for this run, when none was configured. */
  readonly generated: string | undefined;
}

/** Throws a SettingError for a key that is wrong, or for none at all on an address others can reach. */
export function loadKeys(settings: KeySettings): LoadedKeys {
  const keys = configuredKeys(settings);
  if (keys.length > 0) return { keys, generated: undefined };
  if (settings.keysFile !== undefined) throw new SettingError("CACHEE_KEYS_FILE holds no key");
  if (!isLoopback(settings.host)) {
    throw new SettingError(
      `CACHEE_API_KEYS is needed to listen on ${settings.host}: without keys only loopback is served`,
    );
  }
  const secret = crypto.getRandomValues(new Uint8Array(24)).toBase64({ alphabet: "base64url" });
  return { keys: [bareKey(secret)], generated: secret };
}

/** The keys of both sources as they are now. */
export function configuredKeys(settings: KeySettings): readonly ConfiguredKey[] {
  const keys: ConfiguredKey[] = [];
  if (settings.apiKeys !== undefined)
    keys.push(...checked(parseApiKeys(settings.apiKeys, ",", "CACHEE_API_KEYS")));
  if (settings.keysFile !== undefined) {
    let text: string;
    try {
      text = readFileSync(settings.keysFile, "utf8");
    } catch (thrown) {
      throw new SettingError(`CACHEE_KEYS_FILE cannot be read: ${messageOf(thrown)}`);
    }
    keys.push(...checked(parseApiKeys(text, "\n", "CACHEE_KEYS_FILE")));
  }
  return keys;
}

function checked(parsed: ConfiguredKey[] | string): ConfiguredKey[] {
  if (typeof parsed === "string") throw new SettingError(parsed);
  return parsed;
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127(?:\.\d{1,3}){3}$/.test(host);
}
