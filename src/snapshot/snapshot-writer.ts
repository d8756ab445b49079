// Writes a snapshot file, crash-safe: beside its place first, and put there once it is whole and on the disk. Cold.

import { open, rename, rm, type FileHandle } from "node:fs/promises";
import { dirname } from "node:path";
import { crc32 } from "node:zlib";
import { SNAPSHOT_CHUNK_BYTES, SNAPSHOT_PIECE_BYTES } from "../base/limits/snapshots.ts";
import {
  CURSOR,
  END,
  ENTRY,
  ENTRY_HEAD_BYTES,
  FINAL,
  FLAGS_AT,
  FORMAT_AT,
  FRAME_HEAD_BYTES,
  HEAD_BYTES,
  MAGIC,
  ORIGIN,
  SNAPSHOT_FORMAT,
  type Origin,
} from "./format.ts";

export class SnapshotWriter {
  entries = 0;
  /** Bytes written, and to be written at the next `flush`. */
  bytes = 0;
  readonly #path: string;
  readonly #file: FileHandle;
  #chunks: Uint8Array[] = [];
  #waiting = 0;
  #position = 0;

  private constructor(path: string, file: FileHandle) {
    this.#path = path;
    this.#file = file;
  }

  static async begin(path: string, origin: Origin): Promise<SnapshotWriter> {
    const writer = new SnapshotWriter(path, await open(temporary(path), "w", 0o600));
    const head = Buffer.alloc(HEAD_BYTES);
    head.write(MAGIC, "latin1");
    head.writeUInt16LE(SNAPSHOT_FORMAT, FORMAT_AT);
    writer.#push(head);
    writer.#json(ORIGIN, origin);
    return writer;
  }

  /** Goes on with a file that was begun, behind its first `bytes`, which are whole frames with `entries`. */
  static async resume(path: string, begun: { bytes: number; entries: number }): Promise<SnapshotWriter> {
    const file = await open(temporary(path), "r+");
    await file.truncate(begun.bytes);
    const writer = new SnapshotWriter(path, file);
    writer.entries = begun.entries;
    writer.bytes = begun.bytes;
    writer.#position = begun.bytes;
    return writer;
  }

  /** Enough waits to be flushed before more is added. */
  get isFull(): boolean {
    return this.#waiting >= SNAPSHOT_CHUNK_BYTES;
  }

  /** `record` is copied. */
  add(key: string, record: Uint8Array): void {
    const payload = Buffer.concat([entryHead(key), record]);
    this.#frame([payload], payload.length, crc32(payload));
    this.entries += 1;
  }

  /** The same for a large record, which is not copied; `rest` is awaited between pieces of the work. */
  async addLarge(key: string, record: Uint8Array, rest: () => Promise<void>): Promise<void> {
    const head = entryHead(key);
    let sum = crc32(head);
    for (let at = 0; at < record.length; at += SNAPSHOT_PIECE_BYTES) {
      sum = crc32(record.subarray(at, at + SNAPSHOT_PIECE_BYTES), sum);
      await rest();
    }
    this.#frame([head, record], head.length + record.length, sum);
    this.entries += 1;
  }

  /** Where the walk goes on that has brought the entries so far. */
  cursor(text: string): void {
    this.#small(CURSOR, text);
  }

  async flush(): Promise<void> {
    const chunks = this.#chunks;
    this.#chunks = [];
    this.#waiting = 0;
    let small: Uint8Array[] = [];
    for (const chunk of chunks) {
      if (chunk.length < SNAPSHOT_PIECE_BYTES) {
        small.push(chunk);
        continue;
      }
      await this.#write(Buffer.concat(small));
      await this.#write(chunk);
      small = [];
    }
    await this.#write(Buffer.concat(small));
  }

  /** Puts the file in its place; `n` is the number of the last write, `isFinal`: the store it is of is closed. */
  async finish(n: number, isFinal: boolean): Promise<void> {
    this.#json(END, { entries: this.entries, n });
    await this.flush();
    if (isFinal) await this.#file.write(Buffer.from([FINAL]), 0, 1, FLAGS_AT);
    await this.#file.sync();
    await this.#file.close();
    await rename(temporary(this.#path), this.#path);
    await syncFolder(dirname(this.#path));
  }

  /** Gives up: what was at the file's place stays there. */
  async abandon(): Promise<void> {
    this.#chunks = [];
    await this.#file.close().catch(() => {});
    await rm(temporary(this.#path), { force: true });
  }

  /** A write may take only a part. */
  async #write(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length;) {
      const { bytesWritten } = await this.#file.write(bytes, at, bytes.length - at, this.#position);
      at += bytesWritten;
      this.#position += bytesWritten;
    }
  }

  #json(kind: number, value: object): void {
    this.#small(kind, JSON.stringify(value));
  }

  #small(kind: number, text: string): void {
    const payload = Buffer.concat([Buffer.from([kind]), Buffer.from(text)]);
    this.#frame([payload], payload.length, crc32(payload));
  }

  #frame(payload: readonly Uint8Array[], bytes: number, sum: number): void {
    const head = Buffer.allocUnsafe(FRAME_HEAD_BYTES);
    head.writeUInt32LE(bytes, 0);
    head.writeUInt32LE(sum, 4);
    this.#push(head);
    for (const part of payload) this.#push(part);
  }

  #push(chunk: Uint8Array): void {
    this.#chunks.push(chunk);
    this.#waiting += chunk.length;
    this.bytes += chunk.length;
  }
}

function entryHead(key: string): Buffer {
  const keyBytes = Buffer.byteLength(key);
  const head = Buffer.allocUnsafe(ENTRY_HEAD_BYTES + keyBytes);
  head[0] = ENTRY;
  head.writeUInt16LE(keyBytes, 1);
  head.write(key, ENTRY_HEAD_BYTES, "utf8");
  return head;
}

function temporary(path: string): string {
  return `${path}.part`;
}

/** The name of a file is on the disk once its folder is. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
