// Every order of a read and a write: what is let through is whole and of its time; and mutants of the protocol are found.
import { describe, expect, test } from "bun:test";
import { GENERATION } from "../../../src/cache/shared/layout.ts";
import { MemoryKeeper } from "../../../src/cache/shared/memory-keeper.ts";
import { ShardReader } from "../../../src/cache/shared/shard-reader.ts";
import type { SharedL1 } from "../../../src/cache/shared/shared-l1.ts";
import { SEED, type SharedMemory } from "../../../src/cache/shared/shared-memory.ts";
import { KeyBytes } from "../../../src/cache/storage/key-bytes.ts";
import { Slots } from "../../../src/cache/storage/slots.ts";
import { seededRandom } from "../support/random.ts";
import { engineOf, memoryFor } from "../support/shared-engines.ts";
import { Explorer, statesOf, type IsLeftOut, type Read, type Visibility } from "./support/explorer.ts";

const OLD = "old".repeat(60);
const NEW = "new!".repeat(50);
const PAIRS = 6_000;
const KEYS = 60;
const NEIGHBOURS = 2;
const TRIES_MAX = 1_000;
/** The slot of "key": others are in use before it. */
const OWN_SLOT = 10;
/** The numbers of the process that looks after the memory, and of the one that writes. */
const KEEPER = 1;
const OWN = 2;
const NOTHING: IsLeftOut = () => false;

type Engine = SharedL1<never>;

function set(engine: Engine, key: string, text: string, version = 1): void {
  engine.set(key, Buffer.from(text), version, Infinity, 0);
}

interface Case {
  /** `before`: keys that a walk meets before "key". */
  readonly write: (engine: Engine, before: readonly string[], memory: SharedMemory) => void;
  /** What a read of "key" may have that began before the write ended. */
  readonly during: readonly string[];
  readonly after: string;
}

/** `""`: it is not there. */
const CASES: Readonly<Record<string, Case>> = {
  "is written anew": { write: (engine) => set(engine, "key", NEW, 2), during: [OLD, NEW], after: NEW },
  "is removed": { write: (engine) => engine.delete("key", 0), during: [OLD, ""], after: "" },
  "is removed, and its slot taken": {
    write(engine) {
      engine.delete("key", 0);
      set(engine, "another", NEW, 2);
    },
    during: [OLD, ""],
    after: "",
  },
  "stays, and others go": {
    write(engine, before) {
      for (const other of before) engine.delete(other, 0);
    },
    during: [OLD],
    after: OLD,
  },
  "stays, and another comes before it": {
    write: (engine, _, memory) => set(engine, neighbourOf(engine, memory), NEW, 3),
    during: [OLD],
    after: OLD,
  },
  "stays, and chains are split": {
    write(engine) {
      for (let i = 0; i < 6; i++) set(engine, `more-${i}`, "x", 3);
    },
    during: [OLD],
    after: OLD,
  },
  "goes with all others, and its memory is used again": {
    write(engine) {
      engine.clear();
      for (let i = 0; i < 4; i++) set(engine, `again-${i}`, NEW.repeat(3), 4);
    },
    during: [OLD, ""],
    after: "",
  },
  "goes with its shard, as who wrote another has died": {
    write(engine, _, memory) {
      engine.hold("another");
      set(engine, "another", NEW, 2);
      new MemoryKeeper(memory, KEEPER, false).recover(OWN);
      const next = engineOf<never>(memory, 1, undefined, seededRandom(3));
      for (let i = 0; i < 4; i++) set(next, `again-${i}`, NEW.repeat(3), 4);
    },
    during: [OLD, ""],
    after: "",
  },
};

/** A memory with "key" and others, some of which come before it in its chain: hashes differ each time. */
function filled(): { memory: SharedMemory; engine: Engine; before: readonly string[] } {
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    const memory = memoryFor(300_000, "s3fifo");
    const engine = engineOf<never>(memory, 0, undefined, seededRandom(1));
    for (let i = 0; i < OWN_SLOT; i++) set(engine, `first-${i}`, `${i}`);
    set(engine, "key", OLD);
    for (let i = 0; i < KEYS; i++) set(engine, `other-${i}`, `${i}`);
    const before = keysBefore(engine);
    if (before.length >= NEIGHBOURS) return { memory, engine, before };
  }
  throw new Error("no key shares the chain");
}

/** The keys in the chain of "key" that come before it. */
function keysBefore(engine: Engine): string[] {
  const { slots, index, items } = engine.shards[0]!.storage;
  const keys: string[] = [];
  let slot = index.first(slots.hash[OWN_SLOT]!);
  for (; slot !== OWN_SLOT; slot = slots.next[slot]!) keys.push(items.key(slot));
  return keys;
}

/** A new key that will be the first in the chain of "key". */
function neighbourOf(engine: Engine, memory: SharedMemory): string {
  const { slots, index } = engine.shards[0]!.storage;
  const keys = new KeyBytes(memory.words[SEED]!);
  const first = index.first(slots.hash[OWN_SLOT]!);
  for (let i = 0; i < TRIES_MAX; i++) {
    keys.measure(`near-${i}`);
    if (index.first(keys.hash) === first) return `near-${i}`;
  }
  throw new Error("no key shares the chain");
}

/** The reads that cannot be explained, of those in all orders with the write. */
function faultsOf(
  { write, during, after }: Case,
  isLeftOut = NOTHING,
  visibility?: Visibility,
): readonly Read[] {
  const { memory, engine, before } = filled();
  const states = statesOf(
    memory.shards[0]!.memory,
    () => write(engine, before, memory),
    isLeftOut,
    visibility,
  );
  const faults: Read[] = [];
  const orders = new Explorer(memory, states).explore("key", PAIRS, seededRandom(2), (read) => {
    if (read.outcome === "busy") {
      // With nobody writing, a read comes to an end.
      if (read.from === read.to && (read.from === 0 || read.from === states.length)) faults.push(read);
    } else if (!(read.from === states.length ? [after] : during).includes(read.record)) faults.push(read);
  });
  expect(orders).toBeGreaterThan(PAIRS);
  return faults;
}

describe("a key that is read while it", () => {
  test.each(Object.entries(CASES))("%s", (_, one) => {
    expect(faultsOf(one).slice(0, 3)).toEqual([]);
  });
});

/** Runs `run` with a method replaced. */
function replaced<T extends object, K extends keyof T & string>(
  of: T,
  name: K,
  by: T[K],
  run: () => void,
): void {
  const before = of[name];
  Object.assign(of, { [name]: by });
  try {
    run();
  } finally {
    Object.assign(of, { [name]: before });
  }
}

/** As processors may have it that do not keep stores in order, as those of arm64: any of them last, or first. */
const BACKWARDS: Visibility = (parts) => parts.toReversed();

describe("where stores become visible backwards, a key that is read while it", () => {
  test.each(Object.entries(CASES))("%s", (_, one) => {
    expect(faultsOf(one, NOTHING, BACKWARDS).slice(0, 3)).toEqual([]);
  });
});

describe("a mutant is found:", () => {
  test("the sequence is not compared after the copy", () => {
    replaced(
      ShardReader.prototype,
      "isCurrent",
      () => true,
      () => {
        expect(faultsOf(CASES["goes with all others, and its memory is used again"]!)).not.toEqual([]);
      },
    );
  });

  test("the sequence is raised once only", () => {
    const once = function (this: Slots, slot: number): void {
      if (this.isShared) Atomics.add(this.sequence, slot, 2);
    };
    replaced(
      Slots.prototype,
      "settle",
      () => {},
      () => {
        replaced(Slots.prototype, "unsettle", once, () => {
          expect(faultsOf(CASES["is written anew"]!)).not.toEqual([]);
        });
      },
    );
  });

  test("the structure is not raised where chains change", () => {
    const isStructure: IsLeftOut = (array, index) => array.byteLength === 64 && index === 0;
    expect(faultsOf(CASES["stays, and others go"]!, isStructure)).not.toEqual([]);
  });

  test("a shard is emptied without another generation", () => {
    const isGeneration: IsLeftOut = (array, index) => array.byteLength > 64 && index === GENERATION;
    const emptied = CASES["goes with all others, and its memory is used again"]!;
    expect(faultsOf(emptied, isGeneration)).not.toEqual([]);
  });
});
