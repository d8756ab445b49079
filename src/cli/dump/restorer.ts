// Stores what a dump has: many small entries in one request, others one by one, a few requests at a time, in order.

import { CacheeClientError } from "../../client/client.ts";
import type { HttpTransport } from "../../client/http-transport.ts";
import { keyPath } from "../../client/key-path.ts";
import type { DumpedEntry } from "./dumped-entry.ts";

export interface RestorerOptions {
  readonly transport: HttpTransport;
  /** Entries that are there stay as they are. */
  readonly ifAbsent: boolean;
  /** Told of an entry that the server refuses. */
  readonly refused: (key: string, reason: string) => void;
  /** All items up to this place of the file are done. */
  readonly reached: (end: number) => Promise<void>;
}

/** Entries and bytes of one batch, and requests under way at once. */
const BATCH_ENTRIES = 500;
const BATCH_BYTES = 2 * 1024 * 1024;
const RUNNING_MAX = 4;

export class Restorer {
  stored = 0;
  refused = 0;
  /** Entries whose time was over, or that were there already. */
  skipped = 0;
  readonly #options: RestorerOptions;
  #batch: DumpedEntry[] = [];
  #batchBytes = 0;
  #end = 0;
  /** Requests under way, the oldest first. */
  readonly #running: Promise<void>[] = [];

  constructor(options: RestorerOptions) {
    this.#options = options;
  }

  /** `end`: where the entry ends in its file. Throws what ends the whole. */
  async add(entry: DumpedEntry, end: number): Promise<void> {
    const isLarge = entry.value.length > BATCH_BYTES / 2;
    const isAlone = isLarge || entry.cacheControl !== undefined || this.#options.ifAbsent;
    if (isAlone) {
      await this.#sendBatch();
      this.#end = end;
      return this.#run(() => this.#put(entry));
    }
    this.#batch.push(entry);
    this.#batchBytes += entry.value.length + entry.key.length;
    this.#end = end;
    if (this.#batch.length >= BATCH_ENTRIES || this.#batchBytes >= BATCH_BYTES) await this.#sendBatch();
  }

  async finish(): Promise<void> {
    await this.#sendBatch();
    while (this.#running.length > 0) await this.#running.shift();
  }

  /** Waits for what is under way, whatever comes of it: how far it came is told. */
  async settle(): Promise<void> {
    await Promise.allSettled(this.#running);
  }

  async #sendBatch(): Promise<void> {
    const entries = this.#batch;
    if (entries.length === 0) return;
    this.#batch = [];
    this.#batchBytes = 0;
    await this.#run(() => this.#set(entries));
  }

  /** Runs one request beside others; what they reach is told in their order. */
  async #run(send: () => Promise<void>): Promise<void> {
    const end = this.#end;
    if (this.#running.length >= RUNNING_MAX) await this.#running.shift();
    const before = this.#running.at(-1) ?? Promise.resolve();
    const sent = send();
    const done = (async () => {
      await before;
      await sent;
      await this.#options.reached(end);
    })();
    // It is waited for in its turn.
    done.catch(() => {});
    this.#running.push(done);
  }

  async #set(entries: readonly DumpedEntry[]): Promise<void> {
    const set = entries.filter((entry) => this.#isDue(entry)).map(batchItemOf);
    if (set.length === 0) return;
    const headers = { "content-type": "application/json" };
    const body = JSON.stringify({ set });
    try {
      await this.#options.transport.send({
        method: "POST",
        path: "/batch",
        headers,
        body,
        isRepeatable: true,
      });
      this.stored += set.length;
    } catch (thrown) {
      if (!isRefusal(thrown) || thrown.status === 403) throw thrown;
      // One of them is the reason: each for itself tells which.
      for (const entry of entries) if (remainingSeconds(entry) !== 0) await this.#put(entry);
    }
  }

  async #put(entry: DumpedEntry): Promise<void> {
    if (!this.#isDue(entry)) return;
    const { key, contentType, cacheControl, tags, value } = entry;
    const ttl = remainingSeconds(entry);
    try {
      const { status } = await this.#options.transport.send({
        method: "PUT",
        path: `${keyPath(key)}${ttl === undefined ? "" : `?ttl=${ttl}`}`,
        headers: {
          "content-type": contentType,
          ...(cacheControl === undefined ? {} : { "cache-control": cacheControl }),
          ...(tags.length === 0 ? {} : { "cache-tag": Buffer.from(tags.join(", ")).toString("latin1") }),
          ...(this.#options.ifAbsent ? { "if-none-match": "*" } : {}),
        },
        body: value.slice(),
        isRepeatable: !this.#options.ifAbsent,
        expected: [412],
      });
      if (status === 412) this.skipped += 1;
      else this.stored += 1;
    } catch (thrown) {
      if (!isRefusal(thrown) || thrown.status === 401) throw thrown;
      this.refused += 1;
      this.#options.refused(key, `${thrown.message} (${thrown.code})`);
    }
  }

  #isDue(entry: DumpedEntry): boolean {
    if (remainingSeconds(entry) !== 0) return true;
    this.skipped += 1;
    return false;
  }
}

/** Until it expires; 0: it has expired. */
function remainingSeconds({ expiresAtMs }: DumpedEntry): number | undefined {
  return expiresAtMs === undefined ? undefined : Math.max(0, (expiresAtMs - Date.now()) / 1_000);
}

function batchItemOf(entry: DumpedEntry): object {
  const { key, contentType, tags, value } = entry;
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.length);
  const ttl = remainingSeconds(entry);
  const item = { key, contentType, tags, encoding: "base64", value: bytes.toString("base64") };
  return ttl === undefined ? item : { ...item, ttl };
}

/** The server will not have it, now or later. */
function isRefusal(thrown: unknown): thrown is CacheeClientError {
  return thrown instanceof CacheeClientError && thrown.status >= 400 && !thrown.isUnavailable;
}
