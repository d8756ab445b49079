// When Next's tags were invalidated last, kept in the cache so that all servers of an application know.

import { CacheeClient } from "../../client.ts";

/** How a tag is invalidated; none: at once. */
export interface TagDurations {
  /** Seconds after which entries are no longer served, not even stale ones. */
  readonly expire?: number;
}

/** Times of a tag in ms since 1970. */
interface TagTime {
  /** Entries made before are stale. */
  readonly stale?: number;
  /** From then on entries made before it are gone. */
  readonly expired?: number;
}

const MS = 1_000;
/** Attempts to change a tag that others change at the same time. */
const ATTEMPTS = 10;
/** What a Cachee tag may be: the others are known by their times alone. */
const CACHE_TAG = /^[^,\s]{1,64}$/;
const CACHE_TAGS_MAX = 32;

const encoder = new TextEncoder();

/** Those of `tags` that an entry of Cachee can have, too. */
export function cacheTagsOf(tags: readonly string[]): string[] {
  const fit = [...new Set(tags)].filter((tag) => CACHE_TAG.test(tag) && encoder.encode(tag).length <= 64);
  return fit.slice(0, CACHE_TAGS_MAX);
}

export class TagTimes {
  readonly #client: CacheeClient;
  readonly #prefix: string;

  /** `prefix`: what keys of tags begin with. */
  constructor(client: CacheeClient, prefix: string) {
    this.#client = client;
    this.#prefix = prefix;
  }

  /** How an entry with `tags` stands that was made at `timestamp`. */
  async stateOf(tags: readonly string[], timestamp: number): Promise<"fresh" | "stale" | "expired"> {
    const times = await this.#timesOf(tags);
    const nowMs = Date.now();
    if (times.some(({ expired = 0 }) => expired > timestamp && expired <= nowMs)) return "expired";
    return times.some(({ stale = 0 }) => stale > timestamp) ? "stale" : "fresh";
  }

  /** When one of `tags` expired last; 0: never. */
  async lastExpired(tags: readonly string[]): Promise<number> {
    const nowMs = Date.now();
    const times = await this.#timesOf(tags);
    return Math.max(0, ...times.map(({ expired = 0 }) => (expired <= nowMs ? expired : 0)));
  }

  /** Invalidates `tags`: at once, or so that what has them is served stale first. */
  async update(tags: readonly string[], durations: TagDurations | undefined): Promise<void> {
    const nowMs = Date.now();
    await Promise.all(tags.map((tag) => this.#change(tag, (time) => changed(time, nowMs, durations))));
    if (durations === undefined) await this.#drop(tags);
  }

  async #timesOf(tags: readonly string[]): Promise<TagTime[]> {
    const found = await this.#client.getMany<TagTime>(tags.map((tag) => this.#keyOf(tag)));
    return [...found.values()];
  }

  async #change(tag: string, change: (time: TagTime) => TagTime): Promise<void> {
    const key = this.#keyOf(tag);
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const entry = await this.#client.entry(key);
      const condition = entry === undefined ? { ifAbsent: true } : { ifMatch: entry.etag };
      if (await this.#client.set(key, change((entry?.value ?? {}) as TagTime), condition)) return;
    }
    // So many others change it now that any of their times will do.
  }

  /** Removes entries that have a tag: clocks of servers may differ. Keys without that right leave them to the times. */
  async #drop(tags: readonly string[]): Promise<void> {
    const fit = cacheTagsOf(tags);
    if (fit.length === 0) return;
    try {
      await this.#client.invalidate({ tags: fit });
    } catch (thrown) {
      if ((thrown as { code?: string }).code !== "forbidden") throw thrown;
    }
  }

  #keyOf(tag: string): string {
    return `${this.#prefix}:${encodeURIComponent(tag)}`;
  }
}

function changed(time: TagTime, nowMs: number, durations: TagDurations | undefined): TagTime {
  if (durations === undefined) return { ...time, expired: nowMs };
  if (durations.expire === undefined) return { ...time, stale: nowMs };
  return { ...time, stale: nowMs, expired: nowMs + durations.expire * MS };
}
