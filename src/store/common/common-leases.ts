// Rights to fill missing keys that all workers of an instance have in common, in the shared memory. Warm.
//
// A right lies in the shard of its key, and whoever asks for it or drops it holds that key: so nothing comes between
// finding it and writing under it. Keys are told apart by two hashes, 64 bits together.

import { LEASE_MS } from "../../base/limits.ts";
import { KeyBytes } from "../../cache/storage/key-bytes.ts";
import type { LeasesPort } from "../embedded/commons.ts";
import type { LeaseAnswer } from "../leases.ts";
import {
  LEASE_FLOOR,
  LEASE_NUMBERS,
  LEASE_WORDS,
  LEASES_UNTIL,
  raise,
  type CommonMemory,
  type LeaseMemory,
} from "./common-memory.ts";

/** Places that a key's right may have. */
const WAYS = 16;
const SEEDS = [0x1b873593, 0x2545f491] as const;
/** Words of a place: two of the key, four of the token. */
const TOKEN = 2;
const TOKEN_WORDS = 4;
const NONE = -1;

export interface CommonLeasesOptions {
  readonly memory: CommonMemory;
  /** The number of the shard that has `key`. */
  readonly shardOf: (key: string) => number;
  /** The time that all workers have in common, ms. */
  readonly nowMs: () => number;
}

export class CommonLeases implements LeasesPort {
  readonly #options: CommonLeasesOptions;
  readonly #first = new KeyBytes(SEEDS[0]);
  readonly #second = new KeyBytes(SEEDS[1]);

  constructor(options: CommonLeasesOptions) {
    this.#options = options;
  }

  /** None is held by anybody. */
  get isEmpty(): boolean {
    const { memory, nowMs } = this.#options;
    return memory.numbers[LEASES_UNTIL]! < nowMs();
  }

  take(key: string, token: string, _nowMs: number, n: number): LeaseAnswer {
    const table = this.#tableOf(key);
    const nowMs = this.#options.nowMs();
    if (this.#find(table, nowMs) !== NONE) return "held";
    const first = this.#firstPlace(table);
    for (let at = first; at < first + WAYS; at++) {
      if (this.#isHeld(table, at, nowMs)) continue;
      this.#put(table, at, token, n);
      return "granted";
    }
    return "full";
  }

  nOf(key: string, token: string): number | undefined {
    const table = this.#tableOf(key);
    const at = this.#find(table, this.#options.nowMs());
    if (at === NONE) return undefined;
    const words = wordsOf(token);
    if (words === undefined) return undefined;
    for (let i = 0; i < TOKEN_WORDS; i++) {
      if (table.words[at * LEASE_WORDS + TOKEN + i] !== words[i]) return undefined;
    }
    return table.numbers[at * LEASE_NUMBERS + 1];
  }

  oldestN(): number {
    let oldest = Number.POSITIVE_INFINITY;
    if (this.isEmpty) return oldest;
    const nowMs = this.#options.nowMs();
    for (const table of this.#options.memory.leases) {
      for (let at = 0; at < table.numbers.length / LEASE_NUMBERS; at++) {
        if (this.#isHeld(table, at, nowMs)) oldest = Math.min(oldest, table.numbers[at * LEASE_NUMBERS + 1]!);
      }
    }
    return oldest;
  }

  drop(key: string): void {
    if (this.isEmpty) return;
    const table = this.#tableOf(key);
    const at = this.#find(table, this.#options.nowMs());
    if (at !== NONE) table.numbers[at * LEASE_NUMBERS] = 0;
  }

  /** All that were given before the last change, which is the one that takes them. */
  clear(): void {
    const { memory } = this.#options;
    raise(memory, LEASE_FLOOR, Number(Atomics.load(memory.sequence, 0)));
  }

  #put({ numbers, words }: LeaseMemory, at: number, token: string, n: number): void {
    const untilMs = this.#options.nowMs() + LEASE_MS;
    words[at * LEASE_WORDS] = this.#first.hash;
    words[at * LEASE_WORDS + 1] = this.#second.hash;
    words.set(wordsOf(token)!, at * LEASE_WORDS + TOKEN);
    numbers[at * LEASE_NUMBERS + 1] = n;
    numbers[at * LEASE_NUMBERS] = untilMs;
    // In larger steps than need be, which are fewer.
    const { memory } = this.#options;
    if (memory.numbers[LEASES_UNTIL]! < untilMs) raise(memory, LEASES_UNTIL, untilMs + LEASE_MS);
  }

  /** Measures `key`, and gives the table that has its right. */
  #tableOf(key: string): LeaseMemory {
    this.#first.measure(key);
    this.#second.measure(key);
    return this.#options.memory.leases[this.#options.shardOf(key)]!;
  }

  #firstPlace({ numbers }: LeaseMemory): number {
    return (this.#first.hash & (numbers.length / LEASE_NUMBERS / WAYS - 1)) * WAYS;
  }

  /** The place of the right for the key that was measured last, or NONE. */
  #find(table: LeaseMemory, nowMs: number): number {
    const first = this.#firstPlace(table);
    for (let at = first; at < first + WAYS; at++) {
      const word = at * LEASE_WORDS;
      const isOfKey = table.words[word] === this.#first.hash && table.words[word + 1] === this.#second.hash;
      if (isOfKey && this.#isHeld(table, at, nowMs)) return at;
    }
    return NONE;
  }

  #isHeld({ numbers }: LeaseMemory, at: number, nowMs: number): boolean {
    const untilMs = numbers[at * LEASE_NUMBERS]!;
    return untilMs > nowMs && numbers[at * LEASE_NUMBERS + 1]! >= this.#options.memory.numbers[LEASE_FLOOR]!;
  }
}

/** A UUID's 128 bits; nothing: `token` is none. */
function wordsOf(token: string): readonly number[] | undefined {
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(token)) return undefined;
  const digits = token.replaceAll("-", "");
  return [0, 8, 16, 24].map((at) => Number.parseInt(digits.slice(at, at + 8), 16));
}
