// What a dump has in it, whether in NDJSON or as a snapshot file, from the beginning or from a place within.

import { open } from "node:fs/promises";
import { IDENTITY } from "../../record/coding.ts";
import { RecordView } from "../../record/record.ts";
import { BrokenSnapshot, MAGIC } from "../../snapshot/format.ts";
import { SnapshotReader } from "../../snapshot/snapshot-reader.ts";
import { UsageError } from "../usage-error.ts";
import { readLine, type DumpItem } from "./dumped-entry.ts";
import { linesOf } from "./lines.ts";

/** Whether the file begins as a snapshot does. */
async function isSnapshot(path: string): Promise<boolean> {
  const file = await open(path, "r");
  try {
    const { buffer } = await file.read(Buffer.alloc(MAGIC.length), 0, MAGIC.length, 0);
    return buffer.toString("latin1") === MAGIC;
  } finally {
    await file.close();
  }
}

/** The items of a file after its first `from` bytes, which are whole items. Throws a UsageError for a file that is broken. */
export async function* itemsOfFile(path: string, from: number): AsyncGenerator<DumpItem, void> {
  if (await isSnapshot(path)) yield* itemsOfSnapshot(path, from);
  else yield* itemsOfLines(Bun.file(path).slice(from).stream(), from);
}

export async function* itemsOfLines(
  chunks: AsyncIterable<Uint8Array>,
  from = 0,
): AsyncGenerator<DumpItem, void> {
  for await (const { text, number, end, isWhole } of linesOf(chunks, from)) {
    if (text.trim() === "") continue;
    const item = isWhole ? readLine(text, number, end) : wholeOf(text, number, end);
    if (item !== undefined) yield item;
  }
}

/** The last line, which has no line end: it may be cut short. */
function wholeOf(text: string, number: number, end: number): DumpItem | undefined {
  try {
    return readLine(text, number, end);
  } catch {
    throw new UsageError(`line ${number} is cut short: the dump did not come to its end`);
  }
}

async function* itemsOfSnapshot(path: string, from: number): AsyncGenerator<DumpItem, void> {
  let reader: SnapshotReader | undefined;
  try {
    reader = await SnapshotReader.open(path);
    const { epoch } = reader.origin;
    for await (const item of reader.items()) {
      if (item.kind === "end") yield { kind: "end", end: Number.POSITIVE_INFINITY };
      else if (item.end <= from) continue;
      else if (item.kind === "cursor") yield { ...item };
      else {
        const { contentType, cacheControl, tags, expiresAtWallMs, n, variants } = new RecordView(item.record);
        const expiresAtMs = Number.isFinite(expiresAtWallMs) ? expiresAtWallMs : undefined;
        const value = variants[IDENTITY]!.slice();
        const known = { contentType, cacheControl, tags, expiresAtMs, version: `${epoch}.${n}`, value };
        yield { kind: "entry", end: item.end, entry: { key: item.key, ...known } };
      }
    }
  } catch (thrown) {
    if (!(thrown instanceof BrokenSnapshot) && !(thrown instanceof RangeError)) throw thrown;
    throw new UsageError(`${path} is broken: ${thrown.message}`);
  } finally {
    await reader?.close();
  }
}
