// Recognises a presented secret among the configured ones in time that tells nothing about them. Hot.

import { createHash, timingSafeEqual } from "node:crypto";
import { SECRET_BYTES_MAX } from "../base/limits.ts";
import type { ApiKey, ConfiguredKey } from "./api-key.ts";

interface HashedKey {
  readonly key: ApiKey;
  readonly digest: Uint8Array;
  /** Its clear text is among the clear ones already. */
  adopted: boolean;
}

/** Texts up to this length take one time, those up to twice this another: a power of two. */
const PADDED_CHARS = 64;

/**
 * The configured keys. `find` is for the hot path and knows clear texts; `findHashed` also tries the digests, and
 * adopts the clear text of the one that matches so that `find` knows it from then on.
 *
 * `find` makes a 32-bit tag of what was presented, keyed with two numbers of this process, and compares it with the
 * tag of every clear text. Neither the length nor the bytes of a secret change the time that takes. The texts
 * themselves are compared only where tags are equal: but for one wrong guess in four thousand million, those who know.
 */
export class Keyring {
  #clear: { readonly key: ApiKey; readonly text: string }[] = [];
  #tags = new Int32Array();
  #hashed: HashedKey[] = [];
  #seed = 0;
  #factor = 1;
  #generation = 0;
  readonly #listeners = new Set<() => void>();

  constructor(keys: readonly ConfiguredKey[]) {
    this.#put(keys);
  }

  /** All of them, in the order of the settings where none was recognised yet. */
  get keys(): readonly ApiKey[] {
    return [...new Set([...this.#clear, ...this.#hashed].map(({ key }) => key))];
  }

  /** Puts `keys` in the place of all keys known so far, in one step, and tells the listeners. */
  replace(keys: readonly ConfiguredKey[]): void {
    this.#put(keys);
    for (const listener of this.#listeners) listener();
  }

  /** Calls `listener` after each exchange of keys, for those who hold on to a key; returns what ends that. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Grows with each `replace`: a connection that was let in before it has to be recognised again. */
  get generation(): number {
    return this.#generation;
  }

  /** The key whose clear text is `presented`. */
  find(presented: string): ApiKey | undefined {
    if (presented.length > SECRET_BYTES_MAX) return undefined;
    const tag = this.#tagOf(presented);
    const tags = this.#tags;
    let found = -1;
    for (let i = 0; i < tags.length; i++) found = tags[i] === tag ? i : found;
    if (found === -1) return undefined;
    const { key, text } = this.#clear[found]!;
    return text === presented ? key : undefined;
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
      this.#clear.push({ key: found.key, text: bounded });
      this.#makeTags();
    }
    return found.key;
  }

  #put(keys: readonly ConfiguredKey[]): void {
    this.#clear = [];
    this.#hashed = [];
    for (const { key, secret } of keys) {
      if (secret.kind === "clear") this.#clear.push({ key, text: secret.text });
      else this.#hashed.push({ key, digest: secret.digest, adopted: false });
    }
    this.#makeTags();
    this.#generation += 1;
  }

  /** Chooses the two numbers so that no two texts have one tag. */
  #makeTags(): void {
    const texts = new Set(this.#clear.map(({ text }) => text));
    do {
      const [seed, factor] = crypto.getRandomValues(new Int32Array(2));
      this.#seed = seed!;
      this.#factor = factor! | 1;
      this.#tags = Int32Array.from(this.#clear, ({ text }) => this.#tagOf(text));
    } while (new Set(this.#tags).size < texts.size);
  }

  /** Two sums side by side, over the text and as much padding as makes its length a multiple of PADDED_CHARS. */
  #tagOf(text: string): number {
    const { length } = text;
    const factor = this.#factor;
    let even = this.#seed;
    let odd = even ^ length;
    const whole = length & ~1;
    for (let i = 0; i < whole; i += 2) {
      even = Math.imul(even ^ text.charCodeAt(i), factor);
      odd = Math.imul(odd ^ text.charCodeAt(i + 1), factor);
    }
    if (whole < length) even ^= text.charCodeAt(whole);
    const padded = (length + PADDED_CHARS - 1) & -PADDED_CHARS;
    for (let i = whole; i < padded; i += 2) {
      even = Math.imul(even ^ i, factor);
      odd = Math.imul(odd ^ i, factor);
    }
    return even ^ ((odd << 16) | (odd >>> 16));
  }
}
