// Runs a read of production code beside a write of production code, in every order in which their steps can fall.
//
// The write is run once, and what it changes of the shard's memory is noted, cut at each atomic operation and into small
// parts between them. Then the read is run again and again: at each of its loads, fences and in the middle of its copy the
// memory may go on from any state of the write to any later one, once or twice. So the read meets every state that the
// write passes through, and every pair of them.
import { Departures } from "../../../../src/cache/departures.ts";
import { KeyBytes } from "../../../../src/cache/storage/key-bytes.ts";
import { Shard } from "../../../../src/cache/shared/shard.ts";
import { ShardReader, SoughtKey, type ReadOutcome } from "../../../../src/cache/shared/shard-reader.ts";
import { SEED, type SharedMemory } from "../../../../src/cache/shared/shared-memory.ts";

/** Words that change together, where no atomic operation is between them: more of them only where there would be too many parts. */
const PART_WORDS = 4;
const PARTS_MAX = 24;
const READER = 9;

export interface Change {
  readonly at: number;
  readonly before: number;
  readonly after: number;
}

/** What a mutant leaves out: an atomic operation on this array, or on this word of it. */
export type IsLeftOut = (array: ArrayBufferView, index: number) => boolean;

const { add, or, compareExchange } = Atomics;

/** The order in which what was changed between two atomic operations becomes visible. */
export type Visibility = (parts: Change[][]) => Change[][];

/** The states that `write` takes a memory through, one after another; it is as before then. */
export function statesOf(
  memory: ArrayBuffer,
  write: () => void,
  isLeftOut: IsLeftOut,
  visibility: Visibility = (parts) => parts,
): Change[][] {
  const words = new Uint32Array(memory);
  const shadow = words.slice();
  const states: Change[][] = [];
  const note = () => {
    const changes: Change[] = [];
    for (let at = 0; at < words.length; at++) {
      if (words[at] === shadow[at]) continue;
      changes.push({ at, before: shadow[at]!, after: words[at]! });
      shadow[at] = words[at]!;
    }
    const partWords = Math.max(PART_WORDS, Math.ceil(changes.length / PARTS_MAX));
    const parts: Change[][] = [];
    while (changes.length > 0) parts.push(changes.splice(0, partWords));
    states.push(...visibility(parts));
  };
  const noted = (operation: typeof Atomics.add) => (array: Int32Array, index: number, value: number) => {
    note();
    const result = isLeftOut(array, index) ? array[index]! : operation(array, index, value);
    note();
    return result;
  };
  const exchange = (array: Int32Array, index: number, expected: number, value: number) => {
    note();
    const found = compareExchange(array, index, expected, value);
    note();
    return found;
  };
  Object.assign(Atomics, { add: noted(add), or: noted(or), compareExchange: exchange });
  try {
    write();
    note();
  } finally {
    Object.assign(Atomics, { add, or, compareExchange });
  }
  for (const state of states.toReversed()) for (const { at, before } of state) words[at] = before;
  return states;
}

/** Where the write goes on: at the read's hook number `hook`, to the state `to`. */
interface Jump {
  readonly hook: number;
  readonly to: number;
}

export interface Read {
  readonly outcome: ReadOutcome;
  readonly record: string;
  /** The write had passed so many states when the read began, and when it ended. */
  readonly from: number;
  readonly to: number;
}

export class Explorer {
  readonly #words: Uint32Array;
  readonly #states: readonly (readonly Change[])[];
  readonly #shard: Shard;
  readonly #reader: ShardReader;
  readonly #keys: KeyBytes;
  readonly #sought = new SoughtKey();
  #state = 0;
  #hooks = 0;
  #jumps: readonly Jump[] = [];

  constructor(memory: SharedMemory, states: readonly (readonly Change[])[]) {
    this.#words = new Uint32Array(memory.shards[0]!.memory);
    this.#states = states;
    this.#keys = new KeyBytes(memory.words[SEED]!);
    const keys = this.#keys;
    this.#shard = new Shard({
      departures: new Departures(),
      memory,
      index: 0,
      own: READER,
      keys,
      random: () => 0,
      yieldCore: () => {},
    });
    const { slots, index } = this.#shard.storage;
    this.#hook(this.#shard, ["header"]);
    this.#hook(slots, ["hash", "next", "sequence", "position"]);
    this.#hook(index, ["heads", "words"]);
    this.#reader = new ShardReader(keys);
  }

  /** Calls `check` with what came of a read of `key` in each order with one jump, and in `pairs` chosen ones with two. */
  explore(key: string, pairs: number, random: () => number, check: (read: Read) => void): number {
    const { length } = this.#states;
    let count = 0;
    for (let from = 0; from <= length; from++) {
      check(this.#read(key, from, []));
      const hooks = this.#hooks;
      for (let hook = 0; hook < hooks; hook++) {
        for (let to = from + 1; to <= length; to++) {
          check(this.#read(key, from, [{ hook, to }]));
          count++;
        }
      }
    }
    for (let pair = 0; pair < pairs; pair++) {
      const from = Math.floor(random() * length);
      const first = from + Math.floor(random() * (length - from));
      const to = first + Math.floor(random() * (length + 1 - first));
      const hook = Math.floor(random() * 30);
      const jumps = [
        { hook, to: first },
        { hook: hook + 1 + Math.floor(random() * 15), to },
      ];
      check(this.#read(key, from, jumps));
      count++;
    }
    this.#goTo(0);
    return count;
  }

  #read(key: string, from: number, jumps: readonly Jump[]): Read {
    this.#goTo(from);
    this.#hooks = 0;
    this.#jumps = jumps;
    this.#keys.measure(key);
    this.#sought.key = key;
    this.#sought.hash = this.#keys.hash;
    const { copy } = Buffer.prototype;
    const halves = this.#halves(copy);
    const hookedAdd = (array: Int32Array, index: number, value: number) => {
      this.#step();
      return add(array, index, value);
    };
    Object.assign(Atomics, { add: hookedAdd });
    Object.assign(Buffer.prototype, { copy: halves });
    try {
      const outcome = this.#reader.attempt(this.#shard, this.#sought);
      const { bytes, end } = this.#reader.copy;
      const record = outcome === "hit" ? bytes.toString("latin1", 0, end) : "";
      return { outcome, record, from, to: this.#state };
    } finally {
      Object.assign(Atomics, { add });
      Object.assign(Buffer.prototype, { copy });
    }
  }

  #step(): void {
    const hook = this.#hooks++;
    for (const jump of this.#jumps) if (jump.hook === hook) this.#goTo(jump.to);
  }

  #goTo(state: number): void {
    const words = this.#words;
    while (this.#state < state) for (const { at, after } of this.#states[this.#state++]!) words[at] = after;
    while (this.#state > state) for (const { at, before } of this.#states[--this.#state]!) words[at] = before;
  }

  /** `Buffer.copy` with a step in the middle. */
  #halves(copy: typeof Buffer.prototype.copy) {
    const step = () => this.#step();
    return function (this: Buffer, target: Buffer, at = 0, start = 0, end = this.length): number {
      const middle = (start + end) >>> 1;
      copy.call(this, target, at, start, middle);
      step();
      return copy.call(this, target, at + middle - start, middle, end);
    };
  }

  /** Puts a step before each load of these arrays. */
  #hook<T extends object>(owner: T, names: readonly (keyof T & string)[]): void {
    for (const name of names) {
      const array = owner[name] as unknown as Record<string, unknown>;
      const hooked = new Proxy(array, {
        get: (target, property) => {
          this.#step();
          return target[property as string];
        },
      });
      Object.defineProperty(owner, name, { value: hooked });
    }
  }
}
