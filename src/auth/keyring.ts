// Recognises a presented secret among the configured ones in time that the presented text does not change. Hot.

import { createHash, timingSafeEqual } from "node:crypto";
import { API_KEYS_MAX, SECRET_BYTES_MAX } from "../base/limits.ts";
import { parseApiKey, type ApiKey, type ConfiguredKey } from "./api-key.ts";

interface ClearKey {
  readonly key: ApiKey;
  readonly text: string;
}

interface HashedKey {
  readonly key: ApiKey;
  readonly digest: Uint8Array;
  /** Its clear text is among the clear keys already. */
  adopted: boolean;
}

/**
 * The configured keys. `find` is for the hot path and knows clear texts; `findHashed` also tries the digests, and
 * adopts the clear text of the one that matches so that `find` knows it from then on.
 */
export class Keyring {
  #clear: ClearKey[] = [];
  #hashed: HashedKey[] = [];
  #generation = 0;

  constructor(keys: readonly ConfiguredKey[]) {
    this.replace(keys);
  }

  /** Puts `keys` in the place of all keys known so far, in one step. */
  replace(keys: readonly ConfiguredKey[]): void {
    const clear: ClearKey[] = [];
    const hashed: HashedKey[] = [];
    for (const { key, secret } of keys) {
      if (secret.kind === "clear") clear.push({ key, text: secret.text });
      else hashed.push({ key, digest: secret.digest, adopted: false });
    }
    this.#clear = clear;
    this.#hashed = hashed;
    this.#generation += 1;
  }

  /** Grows with each `replace`: a connection that was let in before it has to be recognised again. */
  get generation(): number {
    return this.#generation;
  }

  /**
   * The key whose clear text is `presented`. Each configured secret is walked from end to end whatever was
   * presented: a text of another length is compared as if it were the secret itself, and refused for its length.
   */
  find(presented: string): ApiKey | undefined {
    const clear = this.#clear;
    let found: ApiKey | undefined;
    for (let i = 0; i < clear.length; i++) {
      const candidate = clear[i]!;
      const secret = candidate.text;
      const length = secret.length;
      let difference = presented.length ^ length;
      const text = difference === 0 ? presented : secret;
      for (let j = 0; j < length; j++) difference |= text.charCodeAt(j) ^ secret.charCodeAt(j);
      found = difference === 0 ? candidate.key : found;
    }
    return found;
  }

  /** As `find`, and by digest too. Hashes once, compares every digest. */
  findHashed(presented: string): ApiKey | undefined {
    const clear = this.find(presented);
    if (this.#hashed.length === 0) return clear;
    const bounded = presented.length <= SECRET_BYTES_MAX ? presented : "";
    const digest = createHash("sha256").update(bounded).digest();
    let found: HashedKey | undefined;
    for (const candidate of this.#hashed) {
      if (timingSafeEqual(digest, candidate.digest)) found = candidate;
    }
    if (clear !== undefined) return clear;
    if (found === undefined || bounded === "") return undefined;
    if (!found.adopted) {
      found.adopted = true;
      this.#clear = [...this.#clear, { key: found.key, text: bounded }];
    }
    return found.key;
  }
}

/**
 * Reads entries of `separator`-separated text (commas in a setting, line feeds in a file with `#` comments).
 * Returns the keys, or one sentence about the first entry that is wrong, without its content.
 */
export function parseApiKeys(text: string, separator: "," | "\n", source: string): ConfiguredKey[] | string {
  const keys: ConfiguredKey[] = [];
  const parts = text.split(separator);
  for (const [index, part] of parts.entries()) {
    const entry = part.trim();
    if (entry === "" || (separator === "\n" && entry.startsWith("#"))) continue;
    const where = `${separator === "," ? "entry" : "line"} ${index + 1} of ${source}`;
    const parsed = parseApiKey(entry, where);
    if (typeof parsed === "string") return parsed;
    keys.push(parsed);
  }
  return keys.length > API_KEYS_MAX ? `${source} has more than ${API_KEYS_MAX} keys` : keys;
}
