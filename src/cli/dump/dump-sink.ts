// Where a dump is written to: NDJSON to a file or a pipe, or a snapshot file. A file is put in its place when it is whole.

import { open, rename, truncate, type FileHandle } from "node:fs/promises";
import { hashOf } from "../../record/etag.ts";
import { encodeRecord } from "../../record/record.ts";
import { parseVersion } from "../../record/version.ts";
import { SnapshotWriter } from "../../snapshot/snapshot-writer.ts";
import { entryLine, headLine, type DumpedEntry } from "./dumped-entry.ts";
import { itemsOfFile } from "./dump-source.ts";

export interface DumpSink {
  /** Where the walk goes on that an earlier run has begun; `0` for the beginning. */
  readonly cursor: string;
  /** Entries that are there already. */
  readonly entries: number;
  add(entry: DumpedEntry): Promise<void>;
  /** All entries of the walk up to `cursor` have been added. */
  reached(cursor: string): Promise<void>;
  finish(): Promise<void>;
}

/** What a file has before its end while it is written. */
export const PART = ".part";

/** NDJSON to a pipe, which nobody can go on with. */
export class PipeSink implements DumpSink {
  readonly cursor = "0";
  entries = 0;
  #hasHead = false;

  async add(entry: DumpedEntry): Promise<void> {
    if (!this.#hasHead) await Bun.write(Bun.stdout, `${headLine()}\n`);
    this.#hasHead = true;
    this.entries += 1;
    await Bun.write(Bun.stdout, `${entryLine(entry)}\n`);
  }

  async reached(): Promise<void> {}

  async finish(): Promise<void> {
    await Bun.write(Bun.stdout, `${JSON.stringify({ end: true, entries: this.entries })}\n`);
  }
}

export class LinesSink implements DumpSink {
  readonly cursor: string;
  entries: number;
  readonly #path: string;
  readonly #file: FileHandle;
  #lines: string[] = [];

  private constructor(path: string, file: FileHandle, begun: Begun) {
    this.#path = path;
    this.#file = file;
    this.cursor = begun.cursor;
    this.entries = begun.entries;
  }

  /** `isResumed`: goes on with what an earlier run has left. */
  static async open(path: string, isResumed: boolean): Promise<LinesSink> {
    const begun = isResumed ? await begunIn(path + PART) : NOT_BEGUN;
    if (begun.bytes > 0) await truncate(path + PART, begun.bytes);
    const sink = new LinesSink(path, await open(path + PART, begun.bytes > 0 ? "a" : "w", 0o600), begun);
    if (begun.bytes === 0) sink.#lines.push(headLine());
    return sink;
  }

  async add(entry: DumpedEntry): Promise<void> {
    this.#lines.push(entryLine(entry));
    this.entries += 1;
  }

  async reached(cursor: string): Promise<void> {
    this.#lines.push(JSON.stringify({ cursor }));
    await this.#flush();
  }

  async finish(): Promise<void> {
    this.#lines.push(JSON.stringify({ end: true, entries: this.entries }));
    await this.#flush();
    await this.#file.sync();
    await this.#file.close();
    await rename(this.#path + PART, this.#path);
  }

  async #flush(): Promise<void> {
    const lines = this.#lines;
    this.#lines = [];
    await this.#file.write(lines.map((line) => `${line}\n`).join(""));
  }
}

export class SnapshotSink implements DumpSink {
  readonly cursor: string;
  readonly #writer: SnapshotWriter;
  #n = 0;

  private constructor(writer: SnapshotWriter, cursor: string) {
    this.#writer = writer;
    this.cursor = cursor;
  }

  get entries(): number {
    return this.#writer.entries;
  }

  static async open(path: string, isResumed: boolean): Promise<SnapshotSink> {
    const begun = isResumed ? await begunIn(path + PART) : NOT_BEGUN;
    if (begun.bytes > 0) return new SnapshotSink(await SnapshotWriter.resume(path, begun), begun.cursor);
    // Versions of a fleet's partitions are of several epochs: the store that reads this begins one of its own.
    const origin = { epoch: `dump-${crypto.randomUUID()}`, wallMs: Date.now() };
    return new SnapshotSink(await SnapshotWriter.begin(path, origin), "0");
  }

  async add({
    key,
    contentType,
    cacheControl,
    tags,
    expiresAtMs,
    version,
    value,
  }: DumpedEntry): Promise<void> {
    const n = parseVersion(version)?.n ?? 0;
    this.#n = Math.max(this.#n, n);
    const expiresAtWallMs = expiresAtMs ?? Number.POSITIVE_INFINITY;
    const hash = hashOf(value, contentType);
    const fields = { contentType, cacheControl, tags, expiresAtWallMs, n, hash, variants: [value] };
    this.#writer.add(key, encodeRecord(fields));
    if (this.#writer.isFull) await this.#writer.flush();
  }

  async reached(cursor: string): Promise<void> {
    this.#writer.cursor(cursor);
    await this.#writer.flush();
  }

  finish(): Promise<void> {
    return this.#writer.finish(this.#n, false);
  }
}

/** What an earlier run has left: up to `bytes`, where it came to `cursor`. */
interface Begun {
  readonly bytes: number;
  readonly cursor: string;
  readonly entries: number;
}

const NOT_BEGUN: Begun = { bytes: 0, cursor: "0", entries: 0 };

async function begunIn(part: string): Promise<Begun> {
  let begun = NOT_BEGUN;
  if (!(await Bun.file(part).exists())) return begun;
  let entries = 0;
  try {
    for await (const item of itemsOfFile(part, 0)) {
      if (item.kind === "entry") entries += 1;
      else if (item.kind === "cursor") begun = { bytes: item.end, cursor: item.cursor, entries };
    }
  } catch {
    // What comes behind the last cursor was cut short, and is written anew.
  }
  return begun;
}
