// `cachee/keyv`: a Cachee as a store of Keyv 5 and 6, and so of cache-manager and whatever else takes a Keyv.

import { CacheeClient, type ClientOptions } from "../client.ts";

export interface KeyvCacheeOptions extends ClientOptions {
  /** All keys begin with this, `keyv/` unless given; `clear` removes what does. Ends on a character of its own. */
  readonly prefix?: string;
}

/** What Keyv gives `setMany`: `ttl` in ms. */
export interface KeyvItem {
  readonly key: string;
  readonly value: unknown;
  readonly ttl?: number;
}

const MS = 1_000;

export class KeyvCachee {
  /** Set by Keyv, which puts `NAMESPACE:` before its keys. */
  namespace: string | undefined;
  /** Keyv reads and changes the options of its stores: it iterates only over dialects that it knows. */
  readonly opts: Record<string, unknown>;
  readonly #client: CacheeClient;
  readonly #prefix: string;

  constructor(options: KeyvCacheeOptions) {
    this.#client = new CacheeClient(options);
    this.#prefix = options.prefix ?? "keyv/";
    this.opts = { url: options.url, dialect: "redis" };
  }

  get<T>(key: string): Promise<T | undefined> {
    return this.#client.get<T>(this.#prefix + key);
  }

  async getMany<T>(keys: readonly string[]): Promise<(T | undefined)[]> {
    const found = await this.#client.getMany<T>(keys.map((key) => this.#prefix + key));
    return keys.map((key) => found.get(this.#prefix + key));
  }

  /** `ttl` in ms; none: no expiry. `undefined` is no value: the key is removed. */
  async set(key: string, value: unknown, ttl?: number): Promise<boolean> {
    if (value === undefined) {
      await this.delete(key);
      return true;
    }
    return this.#client.set(this.#prefix + key, value, ttlOf(ttl));
  }

  async setMany(items: readonly KeyvItem[]): Promise<boolean[]> {
    const set = items.map(({ key, value, ttl }) => ({ key: this.#prefix + key, value, ...ttlOf(ttl) }));
    await this.#client.batch({ set });
    return items.map(() => true);
  }

  delete(key: string): Promise<boolean> {
    return this.#client.delete(this.#prefix + key);
  }

  /** `true` when one of them was there. */
  async deleteMany(keys: readonly string[]): Promise<boolean> {
    const { deleted } = await this.#client.batch({ delete: keys.map((key) => this.#prefix + key) });
    return deleted > 0;
  }

  async has(key: string): Promise<boolean> {
    return (await this.#client.entry(this.#prefix + key)) !== undefined;
  }

  async hasMany(keys: readonly string[]): Promise<boolean[]> {
    const found = await this.getMany(keys);
    return found.map((value) => value !== undefined);
  }

  /** Removes all keys of the namespace, if there is one, or of the prefix. */
  async clear(): Promise<void> {
    const prefix = this.namespace === undefined ? this.#prefix : `${this.#prefix}${this.namespace}:`;
    await this.#client.invalidate({ prefix });
  }

  /** Keys, as Keyv gave them, with their values; needs an API key with the scope `admin`. */
  async *iterator<T>(namespace?: string): AsyncGenerator<[string, T], void> {
    const start = namespace === undefined ? this.#prefix : `${this.#prefix}${namespace}:`;
    for await (const keys of this.#client.keyPages(start)) {
      const found = await this.#client.getMany<T>(keys);
      for (const [key, value] of found) yield [key.slice(this.#prefix.length), value];
    }
  }

  /** Keyv listens for errors: those of a call are the call's own. */
  on(): this {
    return this;
  }

  async disconnect(): Promise<void> {}
}

function ttlOf(ttlMs: number | undefined): { ttl?: number } {
  return ttlMs === undefined ? {} : { ttl: ttlMs / MS };
}
