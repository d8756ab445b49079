// `cachee/unstorage`: a Cachee as a driver of unstorage.

import type { CacheEntry } from "../cache.ts";
import { CacheeClient, type ClientOptions } from "../client.ts";

export interface UnstorageCacheeOptions extends ClientOptions {
  /** All keys begin with this, `unstorage/` unless given; `clear` removes what does. */
  readonly prefix?: string;
  /** Seconds that values live, unless `setItem` says otherwise. */
  readonly ttl?: number;
}

export interface ItemOptions {
  /** Seconds. */
  readonly ttl?: number;
  readonly tags?: readonly string[];
}

/** What unstorage takes for a value. */
export type ItemValue = null | string | number | boolean | object;

export interface ItemMeta {
  /** Bytes of the value. */
  readonly size: number;
  readonly etag: string;
  readonly contentType: string;
  /** unstorage adds what was set beside the item. */
  readonly [name: string]: string | number;
}

/** What unstorage's `createStorage({ driver })` takes. */
export function cacheeDriver(options: UnstorageCacheeOptions) {
  const client = new CacheeClient(options);
  const prefix = options.prefix ?? "unstorage/";
  const keyOf = (key: string) => prefix + key;
  const setOptions = (item: ItemOptions) => ({
    ...(options.ttl === undefined ? {} : { ttl: options.ttl }),
    ...item,
  });
  return {
    name: "cachee",
    options,
    async hasItem(key: string): Promise<boolean> {
      return (await client.entry(keyOf(key))) !== undefined;
    },
    /** Nothing is `null` to unstorage. */
    async getItem(key: string): Promise<unknown> {
      return (await client.get(keyOf(key))) ?? null;
    },
    async getItemRaw(key: string): Promise<Uint8Array | null> {
      return (await client.entry(keyOf(key)))?.bytes ?? null;
    },
    async getItems(items: readonly { readonly key: string }[]): Promise<{ key: string; value: ItemValue }[]> {
      const found = await client.getMany<ItemValue>(items.map(({ key }) => keyOf(key)));
      return items.map(({ key }) => ({ key, value: found.get(keyOf(key)) ?? null }));
    },
    async setItem(key: string, value: unknown, item: ItemOptions = {}): Promise<void> {
      await client.set(keyOf(key), value, setOptions(item));
    },
    async setItemRaw(key: string, value: Uint8Array | string, item: ItemOptions = {}): Promise<void> {
      await client.set(keyOf(key), value, setOptions(item));
    },
    async setItems(
      items: readonly { readonly key: string; readonly value: unknown; readonly options?: ItemOptions }[],
    ): Promise<void> {
      const set = items.map(({ key, value, options: item }) => ({
        key: keyOf(key),
        value,
        ...setOptions(item ?? {}),
      }));
      await client.batch({ set });
    },
    /** Removing what is not there is no error. */
    async removeItem(key: string): Promise<void> {
      await client.delete(keyOf(key));
    },
    async getMeta(key: string): Promise<ItemMeta | null> {
      return metaOf(await client.entry(keyOf(key)));
    },
    /** Needs an API key with the scope `admin`. */
    async getKeys(base = ""): Promise<string[]> {
      const keys: string[] = [];
      for await (const page of client.keyPages(keyOf(base))) keys.push(...page);
      return keys.map((key) => key.slice(prefix.length));
    },
    async clear(base = ""): Promise<void> {
      await client.invalidate({ prefix: keyOf(base) });
    },
  };
}

function metaOf(entry: CacheEntry | undefined): ItemMeta | null {
  if (entry === undefined) return null;
  return { size: entry.bytes.length, etag: entry.etag, contentType: entry.contentType };
}
