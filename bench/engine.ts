// Measures the engine: `bun run bench:engine [hit|overhead|large|pauses]… [--seconds N] [--keys N] [--huge]`; all by default.
import { parseArgs } from "node:util";
import { plainAllocator } from "../src/cache/memory/allocator.ts";
import { hugePageAllocator } from "../src/cache/memory/huge-pages.ts";
import { createEngine } from "../src/cache/l1.ts";
import type { L1 } from "../src/cache/l1.ts";
import { seededRandom } from "../test/cache/support/random.ts";
import { redisBytes } from "./support/redis.ts";
import { createThreadClock } from "./support/thread-time.ts";
import { Times } from "./support/times.ts";
import { zipfRanks } from "./support/zipf.ts";

const MIB = 2 ** 20;
const GIB = 2 ** 30;
const SKEW = 0.99;
const ROUNDS = 7;
const PAUSE_NS = 5e6;
/** Without a bound of its own the collector lets garbage grow with the slabs, which it counts as heap. */
const COLLECTOR = { BUN_JSC_gcMaxHeapSize: String(32 * MIB) };

const { values, positionals } = parseArgs({
  allowPositionals: true,
  allowNegative: true,
  options: {
    seconds: { type: "string", default: "30" },
    keys: { type: "string", default: "10000000" },
    huge: { type: "boolean", default: false },
  },
});

const benches: Readonly<Record<string, () => void | Promise<void>>> = { hit, overhead, large, pauses };

function keyOf(number: number): string {
  return `key:${number.toString().padStart(10, "0")}`;
}

function rssBytes(): number {
  return process.memoryUsage.rss();
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1]!;
}

/** A hit in front against `Map.get` of the same keys in the same order. */
function hit(): void {
  for (const keys of [1000, 10_000, 50_000]) {
    const names = Array.from({ length: keys }, (_, i) => keyOf(i));
    const engine = createEngine<never>({ bytesMax: 512 * MIB, random: seededRandom(1) });
    const map = new Map(names.map((name) => [name, { name }]));
    for (const name of names) engine.set(name, new Uint8Array(1024), 1, Infinity, 0);
    for (let read = 0; read < 3; read++) for (const name of names) engine.get(name, 0);
    const ranks = zipfRanks(keys, SKEW, 2_000_000, seededRandom(2));
    const mapNs: number[] = [];
    const engineNs: number[] = [];
    let found = 0;
    for (let round = 0; round < ROUNDS; round++) {
      let start = Bun.nanoseconds();
      for (const rank of ranks) if (map.get(names[rank]!) !== undefined) found++;
      mapNs.push((Bun.nanoseconds() - start) / ranks.length);
      start = Bun.nanoseconds();
      for (const rank of ranks) if (engine.get(names[rank]!, 1) !== undefined) found++;
      engineNs.push((Bun.nanoseconds() - start) / ranks.length);
    }
    if (found !== 2 * ROUNDS * ranks.length) throw new Error("something was not found");
    const [a, b] = [median(mapNs), median(engineNs)];
    console.log(
      `hit, ${keys} keys: Map.get ${a.toFixed(1)} ns, engine.get ${b.toFixed(1)} ns, ${(b / a).toFixed(2)} times`,
    );
  }
}

/** Bytes an entry takes beyond key and value, in the engine and as a Redis string. */
async function overhead(): Promise<void> {
  const entries = 1_000_000;
  for (const valueBytes of [100]) {
    const payload = keyOf(0).length + valueBytes;
    const before = rssBytes();
    const engine = createEngine<never>({ bytesMax: 4 * GIB, random: seededRandom(1) });
    fill(engine, entries, valueBytes);
    Bun.gc(true);
    const accounted = engine.stats().bytes / entries - payload;
    const resident = (rssBytes() - before) / entries - payload;
    const redis = await redisBytes(entries, keyOf, valueBytes);
    console.log(
      `overhead, ${entries} × ${valueBytes} B: engine ${accounted.toFixed(1)} B accounted, ${resident.toFixed(1)} B resident; ` +
        `redis ${(redis.used / entries - payload).toFixed(1)} B used, ${(redis.resident / entries - payload).toFixed(1)} B resident`,
    );
    engine.clear();
  }
}

function fill(engine: L1<never>, entries: number, valueBytes: number): void {
  const value = new Uint8Array(valueBytes).fill(7);
  for (let i = 0; i < entries; i++) engine.set(keyOf(i), value, i, Infinity, 0);
}

/** Look-ups at ten thousand keys and at very many, one by one. */
function large(): void {
  for (const keys of [10_000, Number(values.keys)]) {
    const before = rssBytes();
    const allocator = values.huge ? hugePageAllocator() : plainAllocator;
    if ("unavailable" in allocator) throw new Error(allocator.unavailable);
    const engine = createEngine<never>({ bytesMax: 4 * GIB, random: seededRandom(1), allocator });
    const start = Bun.nanoseconds();
    fill(engine, keys, 100);
    const setNs = (Bun.nanoseconds() - start) / keys;
    const ranks = zipfRanks(keys, SKEW, 2_000_000, seededRandom(2));
    const times = new Times(ranks.length);
    for (const rank of ranks) engine.get(keyOf(rank), 1);
    for (const rank of ranks) {
      const key = keyOf(rank);
      const from = Bun.nanoseconds();
      if (engine.get(key, 1) === undefined) throw new Error(`${key} is lost`);
      times.add(Bun.nanoseconds() - from);
    }
    const rssMib = ((rssBytes() - before) / MIB).toFixed(0);
    console.log(
      `large, ${keys} keys: set ${setNs.toFixed(0)} ns, get ${times.summary()}, ${rssMib} MiB more resident`,
    );
    engine.clear();
  }
}

function sizeOf(rank: number): number {
  return 64 + ((Math.imul(rank, 0x9e3779b1) >>> 0) % (rank % 50 === 0 ? 60_000 : 1500));
}

/** Every operation timed at the budget's edge: 95 % reads, 5 % writes of mixed sizes, and ticks. */
function pauses(): void {
  const engine = createEngine<never>({ bytesMax: 512 * MIB, random: seededRandom(1) });
  const random = seededRandom(3);
  const keys = 2_000_000;
  const ranks = zipfRanks(keys, SKEW, 1 << 20, random);
  const source = new Uint8Array(64 * 1024);
  for (let rank = keys - 1; rank >= 0; rank--)
    engine.set(keyOf(rank), source.subarray(0, sizeOf(rank)), 1, Infinity, 0);
  const reads = new Times(50_000_000);
  const writes = new Times(5_000_000);
  const clockNs = createThreadClock();
  const pausesNs: number[] = [];
  const end = Bun.nanoseconds() + Number(values.seconds) * 1e9;
  for (let i = 0; Bun.nanoseconds() < end; i++) {
    const rank = ranks[i & (ranks.length - 1)]!;
    const key = keyOf(rank);
    const nowMs = i / 100;
    const from = clockNs();
    if (i % 20 === 0) engine.set(key, source.subarray(0, sizeOf(rank)), i, nowMs + 60_000, nowMs);
    else if (i % 1000 === 1) engine.tick(nowMs, 100);
    else engine.get(key, nowMs);
    const ns = clockNs() - from;
    (i % 20 === 0 ? writes : reads).add(ns);
    if (ns > PAUSE_NS) pausesNs.push(ns);
  }
  engine.verify();
  const longest = pausesNs.toSorted((x, y) => y - x).slice(0, 3);
  console.log(`pauses, ${values.seconds} s at the edge of 512 MiB, in thread time: reads ${reads.summary()}`);
  console.log(`  writes ${writes.summary()}; ${engine.stats().evictions.capacity} evictions`);
  console.log(
    `  ${pausesNs.length} above 5 ms, the longest ${longest.map((ns) => (ns / 1e6).toFixed(1)).join(", ")} ms`,
  );
}

if (process.env["BUN_JSC_gcMaxHeapSize"] === undefined) {
  const names = positionals.length > 0 ? positionals : Object.keys(benches);
  for (const name of names) {
    const { exitCode } = Bun.spawnSync(
      [
        process.execPath,
        import.meta.path,
        name,
        "--seconds",
        values.seconds,
        "--keys",
        values.keys,
        values.huge ? "--huge" : "--no-huge",
      ],
      { env: { ...process.env, ...COLLECTOR }, stdout: "inherit", stderr: "inherit" },
    );
    if (exitCode !== 0) process.exit(exitCode);
  }
} else {
  for (const name of positionals) await benches[name]?.();
}
