// A handler for Next 16's `cacheHandlers`: what functions with `use cache` return.

import { CacheeClient } from "../../client.ts";
import { keyOf, orNothing, storedOptions } from "./stored.ts";
import { TagTimes, type TagDurations } from "./tag-times.ts";
import type { NextOptions } from "./options.ts";

/** Next's own entry; times in seconds, but for `timestamp`, in ms since 1970. */
export interface NextCacheEntry {
  readonly value: ReadableStream<Uint8Array>;
  readonly tags: string[];
  readonly stale: number;
  readonly timestamp: number;
  readonly expire: number;
  readonly revalidate: number;
}

/** Bytes of the number that says how long the description before a value is. */
const HEAD_BYTES = 4;

export class UseCacheHandler {
  readonly #client: CacheeClient;
  readonly #tags: TagTimes;
  readonly #prefix: string;
  readonly #onError: NextOptions["onError"];
  readonly #pending = new Map<string, Promise<void>>();

  constructor(options: NextOptions) {
    const { prefix = "next/" } = options;
    this.#client = new CacheeClient(options);
    this.#tags = new TagTimes(this.#client, `${prefix}tag`);
    this.#prefix = `${prefix}use/`;
    this.#onError = options.onError;
  }

  /** The entry; none when a tag of it, or of `softTags`, has been invalidated since it was made. */
  async get(cacheKey: string, softTags: string[]): Promise<NextCacheEntry | undefined> {
    await this.#pending.get(cacheKey);
    return orNothing(async () => {
      const bytes = await this.#client.get<Uint8Array>(await keyOf(this.#prefix, cacheKey));
      if (bytes === undefined) return undefined;
      const { entry, value } = decoded(bytes);
      const state = await this.#tags.stateOf([...entry.tags, ...softTags], entry.timestamp);
      if (state === "expired") return undefined;
      const revalidate = state === "stale" ? -1 : entry.revalidate;
      return { ...entry, revalidate, value: streamOf(value) };
    }, this.#onError);
  }

  /** Stores an entry once it is whole; one whose making fails is not stored. */
  async set(cacheKey: string, pendingEntry: Promise<NextCacheEntry>): Promise<void> {
    const setting = this.#set(cacheKey, pendingEntry);
    this.#pending.set(cacheKey, setting);
    try {
      await setting;
    } finally {
      if (this.#pending.get(cacheKey) === setting) this.#pending.delete(cacheKey);
    }
  }

  async #set(cacheKey: string, pendingEntry: Promise<NextCacheEntry>): Promise<void> {
    let bytes: Uint8Array;
    let entry: NextCacheEntry;
    try {
      entry = await pendingEntry;
      if (entry.expire <= 0) return;
      bytes = encoded(entry, new Uint8Array(await new Response(entry.value).arrayBuffer()));
    } catch {
      return;
    }
    await orNothing(
      async () =>
        this.#client.set(await keyOf(this.#prefix, cacheKey), bytes, storedOptions(entry.expire, entry.tags)),
      this.#onError,
    );
  }

  /** Times of tags are read where they are needed, so there is nothing to refresh. */
  async refreshTags(): Promise<void> {}

  /** When one of `tags` was invalidated last, in ms since 1970; 0: never. Where nobody knows: just now. */
  async getExpiration(tags: string[]): Promise<number> {
    return (await orNothing(() => this.#tags.lastExpired(tags), this.#onError)) ?? Date.now();
  }

  /** Throws when the cache is away: an invalidation that is not known of must not seem done. */
  updateTags(tags: string[], durations?: TagDurations): Promise<void> {
    return this.#tags.update(tags, durations);
  }
}

type Description = Omit<NextCacheEntry, "value">;

function encoded(entry: NextCacheEntry, value: Uint8Array): Uint8Array {
  const { tags, stale, timestamp, expire, revalidate } = entry;
  const description: Description = { tags, stale, timestamp, expire, revalidate };
  const head = new TextEncoder().encode(JSON.stringify(description));
  const bytes = new Uint8Array(HEAD_BYTES + head.length + value.length);
  new DataView(bytes.buffer).setUint32(0, head.length);
  bytes.set(head, HEAD_BYTES);
  bytes.set(value, HEAD_BYTES + head.length);
  return bytes;
}

function decoded(bytes: Uint8Array): { entry: Description; value: Uint8Array } {
  const headBytes = new DataView(bytes.buffer, bytes.byteOffset, bytes.length).getUint32(0);
  const from = HEAD_BYTES + headBytes;
  const head = new TextDecoder().decode(bytes.subarray(HEAD_BYTES, from));
  return { entry: JSON.parse(head) as Description, value: bytes.subarray(from) };
}

function streamOf(bytes: Uint8Array): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      if (bytes.length > 0) controller.enqueue(bytes);
      controller.close();
    },
  });
}
