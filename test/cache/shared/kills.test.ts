// A process is killed between any two of its writes to a shard: the shard is empty and sound after that, for a process
// that knows nothing of it and for one that wrote it before.
import { expect, test } from "bun:test";
import { GENERATION, HOLDER, LOCK } from "../../../src/cache/shared/layout.ts";
import { MemoryKeeper } from "../../../src/cache/shared/memory-keeper.ts";
import type { SharedL1 } from "../../../src/cache/shared/shared-l1.ts";
import { STRUCTURE } from "../../../src/cache/storage/index-table.ts";
import { seededRandom } from "../support/random.ts";
import { engineOf, memoryFor } from "../support/shared-engines.ts";
import { statesOf } from "./support/explorer.ts";

type Engine = SharedL1<never>;

const KEEPER = 1;
/** Of the process that is killed. */
const DEAD = 2;
const OTHER = 1;
const BYTES_MAX = 300_000;
const LARGE = 40_000;
const DUE_MS = 1_000;
const KEYS = 250;
const FEW = 10;
const REFILLED_EACH = 20;

function set(engine: Engine, key: string, bytes: number, expiresAtMs = Infinity): void {
  engine.set(key, Buffer.alloc(bytes, key), 1, expiresAtMs, 0);
}

/** What the process does that is killed, in a shard that is full. */
const DEEDS: Readonly<Record<string, (engine: Engine) => void>> = {
  "writes a new key": (engine) => set(engine, "new", 100),
  "writes a key anew, longer": (engine) => set(engine, `key-${KEYS - 1}`, 3_000, DUE_MS),
  "writes a large value": (engine) => set(engine, "large", LARGE),
  "writes many keys while it holds one": (engine) => {
    engine.hold("key-1");
    for (let i = 0; i < 10; i++) set(engine, `more-${i}`, 500);
    engine.letGo();
  },
  "removes a large value": (engine) => void engine.delete("large-before", 0),
  "removes what is due": (engine) => void engine.tick(2 * DUE_MS, 1_000),
  "removes everything": (engine) => engine.clear(),
  "tells hits while it gives a key's right to fill": (engine) => {
    for (let i = KEYS - 20; i < KEYS; i++) engine.get(`key-${i}`, 0);
    engine.hold("key-1");
    engine.letGo();
  },
};

test.each(Object.entries(DEEDS))("one that %s", (_, deed) => {
  const owners = 64;
  const memory = memoryFor(BYTES_MAX, "adaptive", 2, { headBytes: 0, extraBytes: () => owners });
  const part = memory.shards[0]!.memory;
  const words = new Uint32Array(part);
  const engine = engineOf<never>(memory, 0, undefined, seededRandom(1));
  for (let i = 0; i < KEYS; i++) set(engine, `key-${i}`, 900, i % 2 === 0 ? DUE_MS : Infinity);
  set(engine, "large-before", LARGE);
  const { header, storage } = engine.shards[0]!;
  const { words: structure } = storage.index;
  const ownersPart = new Uint8Array(part, memory.layout.extraStart, owners);
  // Another process writes last, and so has saved numbers of its own to compare with.
  header[HOLDER] = 0;
  engineOf<never>(memory, OTHER).verify();
  const before = words.slice();
  const states = statesOf(
    part,
    () => deed(engine),
    () => false,
  );
  expect(states.length).toBeGreaterThan(3);
  let emptied = 0;
  for (let killed = 0; killed <= states.length; killed++) {
    words.set(before);
    const other = engineOf<never>(memory, OTHER, undefined, seededRandom(2));
    header[HOLDER] = 0;
    other.verify();
    words.set(before);
    for (const state of states.slice(0, killed)) for (const { at, after } of state) words[at] = after;
    ownersPart.fill(1);
    const isHeld = header[LOCK] === DEAD;
    const [generation, evicted] = [header[GENERATION]!, other.stats().evictions.capacity];
    expect(new MemoryKeeper(memory, KEEPER, false).recover(DEAD)).toBe(isHeld ? 1 : 0);
    expect([header[LOCK], header[GENERATION]! & 1, structure[STRUCTURE]! & 1]).toEqual([0, 0, 0]);
    other.verify();
    engineOf<never>(memory, 5).verify();
    expect(other.stats().evictions.capacity).toBeGreaterThanOrEqual(evicted);
    if (!isHeld) continue;
    emptied++;
    expect(header[GENERATION]).not.toBe(generation);
    expect(other.stats().entries).toBe(0);
    expect(ownersPart.every((byte) => byte === 0)).toBe(true);
    // Until it is full again, now and then: that takes its time.
    const count = emptied % REFILLED_EACH === 0 ? 2 * KEYS : FEW;
    for (const writer of [other, engineOf<never>(memory, 5)]) {
      for (let i = 0; i < count; i++) set(writer, `key-${i}`, 500 + i, i % 3 === 0 ? DUE_MS : Infinity);
      writer.verify();
      expect(writer.get(`key-${count - 1}`, 0)?.record).toHaveLength(500 + count - 1);
    }
  }
  expect(emptied).toBeGreaterThan(0);
});
