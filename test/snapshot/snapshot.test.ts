// Snapshot files: what is written is read again, nothing that is damaged is, and no piece of the work is a long one.

import { afterAll, expect, test } from "bun:test";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { createLog, silentLog, type Log } from "../../src/base/log.ts";
import { SNAPSHOT_PIECE_BYTES } from "../../src/base/limits/snapshots.ts";
import { createEngine } from "../../src/cache/l1.ts";
import type { Engine } from "../../src/cache/engine.ts";
import { hashOf } from "../../src/record/etag.ts";
import { encodeRecord, RecordView } from "../../src/record/record.ts";
import { FLAGS_AT, FORMAT_AT, HEAD_BYTES } from "../../src/snapshot/format.ts";
import { loadSnapshot } from "../../src/snapshot/load.ts";
import { saveEntries } from "../../src/snapshot/save.ts";
import { SnapshotKeeper } from "../../src/snapshot/snapshot-keeper.ts";
import { SnapshotReader } from "../../src/snapshot/snapshot-reader.ts";
import { SnapshotWriter } from "../../src/snapshot/snapshot-writer.ts";

const folder = mkdtempSync(join(tmpdir(), "cachee-snapshot-"));
afterAll(() => rmSync(folder, { recursive: true }));
const CORPUS = join(import.meta.dir, "../corpus/snapshot-1.bin");
const MIB = 1024 * 1024;
const EPOCH = "an-epoch";

let nowMs = 0;
const clock = { nowMs: () => nowMs, nowNs: () => nowMs * 1e6, wallMs: () => 1_700_000_000_000 + nowMs };
const engineOf = (bytesMax = 64 * MIB) => createEngine<unknown>({ policy: "s3fifo", bytesMax });

function put(
  engine: Engine<unknown>,
  key: string,
  body: Uint8Array,
  n: number,
  ttlMs = Number.POSITIVE_INFINITY,
) {
  const contentType = "text/plain";
  const record = encodeRecord({
    contentType,
    cacheControl: "private",
    tags: ["t"],
    expiresAtWallMs: clock.wallMs() + ttlMs,
    n,
    hash: hashOf(body, contentType),
    variants: [body],
  });
  expect(engine.set(key, record, n, nowMs + ttlMs, nowMs)).toBeTrue();
}

/** Never over, and over at once. */
const AT_ONCE = { isOver: false, next: async () => {} };

async function save(engine: Engine<unknown>, path: string, n: number, isFinal = true): Promise<void> {
  const writer = await SnapshotWriter.begin(path, { epoch: EPOCH, wallMs: clock.wallMs() });
  await saveEntries(engine, writer, clock.nowMs, AT_ONCE, () => false);
  await writer.finish(n, isFinal);
}

async function keysIn(path: string): Promise<string[]> {
  const reader = await SnapshotReader.open(path);
  const keys: string[] = [];
  for await (const item of reader.items()) if (item.kind === "entry") keys.push(item.key);
  await reader.close();
  return keys;
}

const text = (engine: Engine<unknown>, key: string) => {
  const entry = engine.peek(key, nowMs);
  return entry === undefined ? undefined : Buffer.from(new RecordView(entry.record).body).toString();
};

function listeningLog(): { log: Log; lines: Record<string, unknown>[] } {
  const lines: Record<string, unknown>[] = [];
  const output = { write: (line: string) => void lines.push(JSON.parse(line)), dropped: 0 };
  const log = createLog({ level: "info", isPretty: false, output: output as never, wallMs: clock.wallMs });
  return { log, lines };
}

test("what is written is read: values, numbers, what time is left by the wall clock, large values too", async () => {
  const path = join(folder, "round.snapshot");
  const engine = engineOf();
  for (let i = 0; i < 3_000; i++) put(engine, `key/${i}`, Buffer.from(`value ${i}`), i + 1);
  put(engine, "short", Buffer.from("gone"), 3_001, 5_000);
  put(engine, "long", Buffer.from("kept"), 3_002, 60_000);
  put(engine, "é/ü", Buffer.alloc(0), 3_003);
  put(engine, "large", Buffer.alloc(3 * MIB, "x"), 3_004);
  await save(engine, path, 3_010);
  nowMs += 10_000;
  const other = engineOf();
  expect(await loadSnapshot(other, { path, clock, log: silentLog })).toEqual({ epoch: EPOCH, n: 3_010 });
  expect(other.stats().entries).toBe(3_003);
  for (let i = 0; i < 3_000; i++) expect(text(other, `key/${i}`)).toBe(`value ${i}`);
  expect([text(other, "short"), text(other, "long"), text(other, "é/ü")]).toEqual([undefined, "kept", ""]);
  expect(text(other, "large")?.length).toBe(3 * MIB);
  expect(other.peek("long", nowMs)).toMatchObject({ version: 3_002, expiresAtMs: nowMs + 50_000 });
  // Whoever reads it once more must not go on with the same versions.
  expect(await loadSnapshot(engineOf(), { path, clock, log: silentLog })).toEqual({
    epoch: undefined,
    n: 3_010,
  });
  other.verify();
});

test("the hottest come first, and are what is left where there is no room or no time for all", async () => {
  const path = join(folder, "hot.snapshot");
  const engine = engineOf();
  for (let i = 0; i < 2_000; i++) put(engine, `cold/${i}`, Buffer.alloc(2_000, "c"), i + 1);
  for (let i = 0; i < 50; i++) put(engine, `hot/${i}`, Buffer.alloc(2_000, "h"), 3_000 + i);
  for (let round = 0; round < 50; round++) for (let i = 0; i < 50; i++) engine.get(`hot/${i}`, nowMs);
  await save(engine, path, 4_000);
  const keys = await keysIn(path);
  expect(keys.length).toBeGreaterThanOrEqual(2_050);
  expect(keys.slice(0, 50).filter((key) => key.startsWith("hot/")).length).toBeGreaterThan(40);
  const { log, lines } = listeningLog();
  const small = engineOf(2 * MIB);
  expect((await loadSnapshot(small, { path, clock, log })).epoch).toBeUndefined();
  expect(lines).toMatchObject([{ level: "warn", event: "snapshot_cut", cutBy: "room" }]);
  expect(small.stats().entries).toBeWithin(100, 1_500);
  // The first that had to go for another ended the reading.
  expect(keys.slice(0, 50).filter((key) => text(small, key) === undefined).length).toBeLessThan(5);
  const late = { ...clock, nowMs: () => (nowMs += 1) };
  const cut = engineOf();
  await loadSnapshot(cut, { path, clock: late, log, msMax: 100 });
  expect(lines[1]).toMatchObject({ cutBy: "time" });
  expect(cut.stats().entries).toBeWithin(1, 1_000);
});

test("a file that is damaged anywhere, or cut short anywhere, is refused whole and put aside", async () => {
  const path = join(folder, "damaged.snapshot");
  const engine = engineOf();
  for (let i = 0; i < 20; i++) put(engine, `key/${i}`, Buffer.from(`value ${i}`), i + 1);
  await save(engine, path, 20);
  const whole = readFileSync(path);
  const damages = fc.oneof(
    fc.record({
      at: fc.integer({ min: HEAD_BYTES, max: whole.length - 1 }),
      bit: fc.integer({ min: 0, max: 7 }),
    }),
    fc.record({ length: fc.integer({ min: 0, max: whole.length - 1 }) }),
  );
  await fc.assert(
    fc.asyncProperty(damages, async (damage) => {
      const bytes = Buffer.from("length" in damage ? whole.subarray(0, damage.length) : whole);
      if ("at" in damage) bytes[damage.at]! ^= 1 << damage.bit;
      writeFileSync(path, bytes);
      const { log, lines } = listeningLog();
      const other = engineOf();
      expect(await loadSnapshot(other, { path, clock, log })).toEqual({ epoch: undefined, n: 0 });
      expect(other.stats().entries).toBe(0);
      expect(lines).toMatchObject([
        { level: "error", event: "snapshot_refused", movedTo: `${path}.refused` },
      ]);
      expect(readFileSync(`${path}.refused`).equals(bytes)).toBeTrue();
      expect(existsSync(path)).toBeFalse();
    }),
    { numRuns: 300 },
  );
});

test("files of format 1 are read, by this version and by all to come; one of a later format is not", async () => {
  const path = join(folder, "corpus.snapshot");
  const bytes = readFileSync(CORPUS);
  writeFileSync(path, bytes);
  const engine = engineOf();
  expect(await loadSnapshot(engine, { path, clock, log: silentLog })).toEqual({ epoch: EPOCH, n: 7 });
  expect(["one", "two"].map((key) => text(engine, key))).toEqual(["the first", "the second"]);
  expect(new RecordView(engine.peek("one", nowMs)!.record)).toMatchObject({
    tags: ["t"],
    cacheControl: "private",
  });
  bytes.writeUInt16LE(9, FORMAT_AT);
  writeFileSync(path, bytes);
  const { log, lines } = listeningLog();
  await loadSnapshot(engineOf(), { path, clock, log });
  expect(lines[0]!["reason"]).toContain("format 9");
});

test("between two rests there is little work, whatever there is to write, and what changes meanwhile is left out", async () => {
  const path = join(folder, "slices.snapshot");
  const engine = engineOf();
  for (let i = 0; i < 500; i++) put(engine, `small/${i}`, Buffer.alloc(1_000), i + 1);
  for (let i = 0; i < 20; i++) put(engine, `middle/${i}`, Buffer.alloc(200_000), 600 + i);
  put(engine, "large", Buffer.alloc(5 * MIB), 700);
  const writer = await SnapshotWriter.begin(path, { epoch: EPOCH, wallMs: 0 });
  let before = 0;
  let most = 0;
  let rests = 0;
  const pace = {
    isOver: true,
    async next() {
      // A large value is added when all of it is copied; that costs no time then.
      const added = writer.bytes - before;
      if (added < MIB) most = Math.max(most, added);
      before = writer.bytes;
      rests += 1;
      if (rests % 10 === 0) put(engine, "large", Buffer.alloc(5 * MIB), 700 + rests);
    },
  };
  await saveEntries(engine, writer, clock.nowMs, pace, () => false);
  await writer.finish(10_000, false);
  expect(most).toBeLessThan(2 * SNAPSHOT_PIECE_BYTES);
  expect(rests).toBeGreaterThan(40);
  const keys = await keysIn(path);
  expect(keys).not.toContain("large");
  expect(new Set(keys).size).toBe(520);
});

test("a file that cannot be written leaves the one that was there, and is told of", async () => {
  const path = join(folder, "there.snapshot");
  const engine = engineOf();
  put(engine, "key", Buffer.from("value"), 1);
  await save(engine, path, 1);
  const { log, lines } = listeningLog();
  const version = { epoch: EPOCH, n: 1 };
  const broken = {
    ...engine,
    hottest: () => {
      throw new Error("of the test");
    },
  } as unknown as Engine<unknown>;
  const options = { path, everyMs: 1e6, engine: broken, lastVersion: () => version, clock, log };
  await new SnapshotKeeper(options).stop();
  await new SnapshotKeeper({ ...options, engine, path: join(folder, "none/file") }).stop();
  expect(lines).toMatchObject([
    { event: "snapshot_failed", reason: "of the test" },
    { event: "snapshot_failed", path: join(folder, "none/file") },
  ]);
  expect(existsSync(`${path}.part`)).toBeFalse();
  expect(await keysIn(path)).toEqual(["key"]);
  expect(readFileSync(path)[FLAGS_AT]).toBe(1);
});
