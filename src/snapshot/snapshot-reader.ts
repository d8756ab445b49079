// Reads a snapshot file frame by frame, and knows of each whether it is what was written. Cold.

import { open, type FileHandle } from "node:fs/promises";
import { crc32 } from "node:zlib";
import { SNAPSHOT_CHUNK_BYTES } from "../base/limits/snapshots.ts";
import {
  BrokenSnapshot,
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
  type End,
  type Origin,
} from "./format.ts";

export type SnapshotItem =
  /** `record` is good until the next item is asked for. `end`: bytes of the file up to the end of it. */
  | { readonly kind: "entry"; readonly key: string; readonly record: Buffer; readonly end: number }
  | { readonly kind: "cursor"; readonly cursor: string; readonly end: number }
  | { readonly kind: "end"; readonly end: End };

const decoder = new TextDecoder("utf-8", { fatal: true });

export class SnapshotReader {
  readonly origin: Origin;
  /** Written when its store was closed, and not read since. */
  readonly isFinal: boolean;
  readonly #file: FileHandle;
  readonly #source: Source;

  private constructor(file: FileHandle, source: Source, origin: Origin, isFinal: boolean) {
    this.#file = file;
    this.#source = source;
    this.origin = origin;
    this.isFinal = isFinal;
  }

  /** Throws BrokenSnapshot, and what the file system says. */
  static async open(path: string, flags = "r"): Promise<SnapshotReader> {
    const file = await open(path, flags);
    try {
      const source = new Source(file, (await file.stat()).size);
      const head = await source.take(HEAD_BYTES);
      if (head?.toString("latin1", 0, MAGIC.length) !== MAGIC) throw new BrokenSnapshot("it is no snapshot");
      const format = head.readUInt16LE(FORMAT_AT);
      if (format < 1 || format > SNAPSHOT_FORMAT) {
        throw new BrokenSnapshot(`it is of format ${format}, and ${SNAPSHOT_FORMAT} is the last known here`);
      }
      const isFinal = (head[FLAGS_AT]! & FINAL) !== 0;
      const first = await nextFrame(source);
      if (first[0] !== ORIGIN) throw new BrokenSnapshot("it does not begin with its origin");
      const origin = json<Origin>(first);
      if (typeof origin.epoch !== "string") throw new BrokenSnapshot("its origin has no epoch");
      return new SnapshotReader(file, source, origin, isFinal);
    } catch (thrown) {
      await file.close();
      throw thrown;
    }
  }

  /** All that is in it, the end at the end. */
  async *items(): AsyncGenerator<SnapshotItem, void> {
    for (;;) {
      const payload = await nextFrame(this.#source);
      const { at } = this.#source;
      switch (payload[0]) {
        case ENTRY: {
          const from = ENTRY_HEAD_BYTES;
          const to = from + (payload.length < from ? 0 : payload.readUInt16LE(1));
          if (payload.length < to) throw new BrokenSnapshot("an entry is shorter than its key");
          yield { kind: "entry", key: text(payload, from, to), record: payload.subarray(to), end: at };
          break;
        }
        case CURSOR:
          yield { kind: "cursor", cursor: text(payload, 1, payload.length), end: at };
          break;
        case END:
          yield { kind: "end", end: json<End>(payload) };
          return;
        default:
          throw new BrokenSnapshot(`a frame is of kind ${payload[0]}`);
      }
    }
  }

  /** From now on its versions are another store's: the next that reads it must not go on with them. */
  async take(): Promise<void> {
    await this.#file.write(Buffer.from([0]), 0, 1, FLAGS_AT);
    await this.#file.sync();
  }

  async close(): Promise<void> {
    await this.#file.close();
  }
}

async function nextFrame(source: Source): Promise<Buffer> {
  const head = await source.take(FRAME_HEAD_BYTES);
  if (head === undefined) throw new BrokenSnapshot("it is cut short");
  const [bytes, sum] = [head.readUInt32LE(0), head.readUInt32LE(4)];
  if (bytes === 0) throw new BrokenSnapshot("a frame is empty");
  const payload = await source.take(bytes);
  if (payload === undefined) throw new BrokenSnapshot("it is cut short, or a length in it is damaged");
  if (crc32(payload) !== sum) throw new BrokenSnapshot("a checksum is not right");
  return payload;
}

function text(payload: Buffer, from: number, to: number): string {
  try {
    return decoder.decode(payload.subarray(from, to));
  } catch {
    throw new BrokenSnapshot("a text is not UTF-8");
  }
}

function json<T>(payload: Buffer): T {
  try {
    return JSON.parse(text(payload, 1, payload.length)) as T;
  } catch (thrown) {
    if (thrown instanceof BrokenSnapshot) throw thrown;
    throw new BrokenSnapshot("a frame is not JSON");
  }
}

/** The bytes of a file in order, some ahead of what is taken. */
class Source {
  /** Bytes taken. */
  at = 0;
  readonly #file: FileHandle;
  readonly #size: number;
  #buffer: Buffer = Buffer.alloc(0);
  #from = 0;

  constructor(file: FileHandle, size: number) {
    this.#file = file;
    this.#size = size;
  }

  /** The next `bytes`, good until the next call; nothing where the file has not so many. */
  async take(bytes: number): Promise<Buffer | undefined> {
    if (this.at + bytes > this.#size) return undefined;
    const have = this.#buffer.length - this.#from;
    if (have < bytes && !(await this.#read(have, bytes))) return undefined;
    const taken = this.#buffer.subarray(this.#from, this.#from + bytes);
    this.#from += bytes;
    this.at += bytes;
    return taken;
  }

  async #read(have: number, bytes: number): Promise<boolean> {
    const next = Buffer.allocUnsafe(Math.max(bytes, SNAPSHOT_CHUNK_BYTES));
    this.#buffer.copy(next, 0, this.#from);
    let length = have;
    while (length < bytes) {
      const { bytesRead } = await this.#file.read(next, length, next.length - length, this.at + length);
      if (bytesRead === 0) return false;
      length += bytesRead;
    }
    this.#buffer = next.subarray(0, length);
    this.#from = 0;
    return true;
  }
}
