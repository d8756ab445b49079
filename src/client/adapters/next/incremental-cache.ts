// The older `cacheHandler` of Next: pages, routes and fetches that it renders again now and then.

import { CacheeClient } from "../../client.ts";
import type { NextOptions } from "./options.ts";
import { keyOf, orNothing, storedOptions } from "./stored.ts";
import { TagTimes, type TagDurations } from "./tag-times.ts";

/** What Next stores, as far as it is looked into: the rest is kept as it is. */
export interface IncrementalValue {
  readonly kind: string;
  readonly headers?: Readonly<Record<string, unknown>> | undefined;
}

interface GetContext {
  /** What Next asks for, such as `FETCH`. */
  readonly kind?: string;
  readonly tags?: readonly string[];
  readonly softTags?: readonly string[];
}

interface SetContext {
  readonly tags?: readonly string[];
  readonly cacheControl?: CacheControl | undefined;
}

interface CacheControl {
  readonly revalidate: number | false;
  /** Seconds. */
  readonly expire: number | undefined;
}

export interface IncrementalEntry<Value extends IncrementalValue> {
  /** In ms since 1970. */
  readonly lastModified: number;
  readonly value: Value | null;
  readonly cacheControl?: CacheControl | undefined;
}

const TAGS_FIELD = "x-next-cache-tags";

export class IncrementalCache<Value extends IncrementalValue> {
  readonly #client: CacheeClient;
  readonly #tags: TagTimes;
  readonly #prefix: string;
  readonly #onError: NextOptions["onError"];

  constructor(options: NextOptions) {
    const { prefix = "next/" } = options;
    this.#client = new CacheeClient(options);
    this.#tags = new TagTimes(this.#client, `${prefix}tag`);
    this.#prefix = `${prefix}page/`;
    this.#onError = options.onError;
  }

  /** The entry; `null` when there is none, or a tag of it expired since it was stored. */
  async get(key: string, context: GetContext = {}): Promise<IncrementalEntry<Value> | null> {
    const found = await orNothing(async () => {
      const text = await this.#client.get<string>(await keyOf(this.#prefix, key));
      if (text === undefined) return undefined;
      const entry = JSON.parse(text, revived) as IncrementalEntry<Value>;
      const tags = [...(context.tags ?? []), ...(context.softTags ?? []), ...tagsIn(entry.value)];
      const state = await this.#tags.stateOf(tags, entry.lastModified);
      return state === "expired" ? undefined : entry;
    }, this.#onError);
    return found ?? null;
  }

  /** Stores a value; `null` removes what there is. */
  async set(key: string, value: Value | null, context: SetContext = {}): Promise<void> {
    await orNothing(async () => {
      const name = await keyOf(this.#prefix, key);
      if (value === null) return this.#client.delete(name);
      const { tags = [], cacheControl } = context;
      const entry: IncrementalEntry<Value> = { lastModified: Date.now(), value, cacheControl };
      const options = storedOptions(cacheControl?.expire, [...tags, ...tagsIn(value)]);
      return this.#client.set(name, JSON.stringify(entry, replaced), options);
    }, this.#onError);
  }

  revalidateTag(tags: string | readonly string[], durations?: TagDurations): Promise<void> {
    return this.#tags.update(typeof tags === "string" ? [tags] : tags, durations);
  }

  /** Nothing is kept for a request. */
  resetRequestCache(): void {}
}

function tagsIn(value: IncrementalValue | null): string[] {
  const field = value?.headers?.[TAGS_FIELD];
  return typeof field === "string" && field !== "" ? field.split(",") : [];
}

/** Node's buffers, where there are any: Next reads bytes by their methods. */
const { Buffer: NodeBuffer } = globalThis as {
  Buffer?: { from(bytes: Uint8Array): Uint8Array };
};

/** Bytes and maps as JSON: `{"$bytes": base64}` and `{"$map": [[key, value], …]}`. */
function replaced(this: unknown, name: string, value: unknown): unknown {
  // Buffers have made themselves JSON by the time that they come as `value`.
  const own = (this as Record<string, unknown>)[name];
  if (own instanceof Uint8Array) {
    let binary = "";
    for (const byte of own) binary += String.fromCharCode(byte);
    return { $bytes: btoa(binary) };
  }
  return own instanceof Map ? { $map: [...own] } : value;
}

function revived(_name: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  const { $bytes, $map } = value as { $bytes?: unknown; $map?: unknown };
  if (typeof $bytes === "string") {
    const bytes = Uint8Array.from(atob($bytes), (character) => character.charCodeAt(0));
    return NodeBuffer === undefined ? bytes : NodeBuffer.from(bytes);
  }
  return Array.isArray($map) ? new Map($map as [unknown, unknown][]) : value;
}
