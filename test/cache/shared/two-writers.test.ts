// Two processes write one shard: wherever one is when the other begins, or between its look at the lock and its try, both
// writes are there at the end, and the shard is sound; and mutants of the lock are found.
import { describe, expect, test } from "bun:test";
import { HOLDER, LOCK } from "../../../src/cache/shared/layout.ts";
import type { SharedL1 } from "../../../src/cache/shared/shared-l1.ts";
import { seededRandom } from "../support/random.ts";
import { engineOf, memoryFor } from "../support/shared-engines.ts";
import { statesOf, type Change } from "./support/explorer.ts";

type Engine = SharedL1<never>;
type Exchange = (array: Int32Array, index: number, expected: number, value: number) => number;

const BYTES_MAX = 300_000;
const KEYS = 250;
const LARGE = 40_000;
const TRIES_MAX = 100;
/** Workers by their index; each has the number of its index and 2. */
const FIRST = 0;
const SECOND = 1;
const THIRD = 2;
const { compareExchange } = Atomics;

interface Write {
  readonly key: string;
  /** Of the value that is there then; 0: none is. */
  readonly bytes: number;
}

const RECENT = `key-${KEYS - 1}`;
const NEXT = `key-${KEYS - 2}`;
const PAIRS: Readonly<Record<string, readonly [Write, Write]>> = {
  "two new keys": [
    { key: "one", bytes: 100 },
    { key: "two", bytes: 100 },
  ],
  "two present ones, longer": [
    { key: RECENT, bytes: 3_000 },
    { key: NEXT, bytes: 3_000 },
  ],
  "a new one, and one that goes": [
    { key: "one", bytes: 2_000 },
    { key: RECENT, bytes: 0 },
  ],
  "one that goes, and a new one": [
    { key: RECENT, bytes: 0 },
    { key: "two", bytes: 2_000 },
  ],
  "a large one and a small one": [
    { key: "one", bytes: LARGE },
    { key: "two", bytes: 10 },
  ],
  "two large ones": [
    { key: "one", bytes: LARGE },
    { key: "two", bytes: LARGE },
  ],
};

/** What a mutant has another way. */
interface Mutant {
  /** What the first one does, step by step. */
  readonly states?: (states: readonly Change[][], heldAt: number) => Change[][];
  /** How the second one tries the lock; `between` lets the first one go on. */
  readonly exchange?: (between: () => void) => Exchange;
}

function run(engine: Engine, { key, bytes }: Write): boolean {
  if (bytes === 0) return engine.delete(key, 0);
  return engine.set(key, Buffer.alloc(bytes, key), 1, Infinity, 0);
}

/** The first one's steps, as they were recorded: they go on when they are told to. */
class Steps {
  at = 0;
  readonly #states: readonly Change[][];
  readonly #words: Uint32Array;

  constructor(states: readonly Change[][], words: Uint32Array) {
    this.#states = states;
    this.#words = words;
  }

  goTo(wanted: number): void {
    const end = Math.min(wanted, this.#states.length);
    for (; this.at < end; this.at++)
      for (const { at, after } of this.#states[this.at]!) this.#words[at] = after;
  }
}

/** Two writes of one shard, of which the first one's steps are recorded. */
class Meeting {
  readonly #pair: readonly [Write, Write];
  readonly #exchange: Mutant["exchange"];
  readonly #memory = memoryFor(BYTES_MAX, "s3fifo");
  readonly #words = new Uint32Array(this.#memory.shards[0]!.memory);
  readonly #before: Uint32Array;
  readonly #header: Int32Array;
  readonly states: readonly Change[][];

  constructor(pair: readonly [Write, Write], { states, exchange }: Mutant) {
    this.#pair = pair;
    this.#exchange = exchange;
    const engine = engineOf<never>(this.#memory, FIRST, undefined, seededRandom(1));
    this.#header = engine.shards[0]!.header;
    for (let i = 0; i < KEYS; i++) run(engine, { key: `key-${i}`, bytes: 900 });
    // The second one wrote last.
    this.#header[HOLDER] = 0;
    engineOf<never>(this.#memory, SECOND).verify();
    this.#before = this.#words.slice();
    const write = () => void run(engine, pair[0]);
    const recorded = statesOf(this.#memory.shards[0]!.memory, write, () => false);
    this.states = states?.(recorded, this.#header.byteOffset / 4 + LOCK) ?? recorded;
  }

  /** The second one begins when the first is at `from`, which is at `to` when the lock is tried; what is wrong then. */
  faultIn(from: number, to: number): string | undefined {
    const steps = new Steps(this.states, this.#words);
    const other = this.#second(() => steps.goTo(steps.at + 1));
    steps.goTo(from);
    const between = () => steps.goTo(to);
    const tryLock = this.#exchange?.(between);
    const exchange: Exchange = (array, index, expected, value) => {
      const isTry = index === LOCK && expected === 0;
      if (isTry && tryLock !== undefined) return tryLock(array, index, expected, value);
      if (isTry) between();
      return compareExchange(array, index, expected, value);
    };
    Object.assign(Atomics, { compareExchange: exchange });
    try {
      for (let tries = 0; !run(other, this.#pair[1]); tries++) {
        if (tries === TRIES_MAX) return "the second never writes";
      }
    } finally {
      Object.assign(Atomics, { compareExchange });
    }
    // The second was before the first, which would do something else then than what was recorded.
    if (steps.at === 0) return undefined;
    steps.goTo(this.states.length);
    return this.#faultAtEnd();
  }

  /** The second one's engine, which saved last what the shard has; the memory is as before both. */
  #second(yieldCore: () => void): Engine {
    const nothing = () => {};
    const engine = engineOf<never>(this.#memory, SECOND, undefined, seededRandom(2), nothing, yieldCore);
    this.#words.set(this.#before);
    this.#header[HOLDER] = 0;
    engine.verify();
    this.#words.set(this.#before);
    return engine;
  }

  #faultAtEnd(): string | undefined {
    const third = engineOf<never>(this.#memory, THIRD);
    third.verify();
    const bytesOf = (key: string) => third.peek(key, 0)?.record.length ?? 0;
    const lost = this.#pair.find(({ key, bytes }) => bytesOf(key) !== bytes);
    return lost && `${lost.key} is not as it was written`;
  }
}

/** What is wrong in the first order of the two writes in which something is; nothing: they are right in all. */
function faultOf(pair: readonly [Write, Write], mutant: Mutant = {}): string | undefined {
  const meeting = new Meeting(pair, mutant);
  const { length } = meeting.states;
  for (let at = 0; at <= length; at++) {
    for (const from of [0, at]) {
      try {
        const fault = meeting.faultIn(from, at);
        if (fault !== undefined) return `from ${from} to ${at} of ${length}: ${fault}`;
      } catch (thrown) {
        return `from ${from} to ${at} of ${length}: ${String(thrown)}`;
      }
    }
  }
  return undefined;
}

test.each(Object.entries(PAIRS))("two processes write one shard: %s", (_, pair) => {
  expect(faultOf(pair)).toBeUndefined();
});

describe("a mutant is found:", () => {
  const pair = PAIRS["two new keys"]!;

  test("the lock is looked at and taken in two steps", () => {
    const exchange = (between: () => void): Exchange => {
      return (array, index, expected, value) => {
        const found = array[index]!;
        between();
        if (found === expected) array[index] = value;
        return found;
      };
    };
    expect(faultOf(pair, { exchange })).toBeDefined();
  });

  test("the lock is given back before the numbers are saved", () => {
    const states = (recorded: readonly Change[][], lockAt: number): Change[][] => {
      const isRelease = ({ at, after }: Change) => at === lockAt && after === 0;
      const release = recorded.flat().find(isRelease)!;
      const rest = recorded.map((state) => state.filter((change) => !isRelease(change)));
      const saved = rest.length - 3;
      return [...rest.slice(0, saved), [release], ...rest.slice(saved)];
    };
    expect(faultOf(pair, { states })).toBeDefined();
  });

  test("who wrote last is not told", () => {
    const states = (recorded: readonly Change[][], lockAt: number): Change[][] =>
      recorded.map((state) => state.filter(({ at }) => at !== lockAt - LOCK + HOLDER));
    expect(faultOf(PAIRS["one that goes, and a new one"]!, { states })).toBeDefined();
  });
});
