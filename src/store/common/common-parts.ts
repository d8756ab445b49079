// What the embedded stores of all workers have in common, as one of them has it: numbers, rights, who listens. Hot.

import type { Engine } from "../../cache/engine.ts";
import type { Clock } from "../../base/clock.ts";
import type { Commons } from "../embedded/commons.ts";
import { CommonLeases } from "./common-leases.ts";
import { INTEREST, MARKS_LOCK, type CommonMemory } from "./common-memory.ts";
import { CommonStale } from "./common-stale.ts";

export interface CommonPartsOptions {
  readonly memory: CommonMemory;
  /** Which of the workers this is. */
  readonly worker: number;
  readonly workers: number;
  readonly engine: () => Engine<unknown>;
  readonly shardOf: (key: string) => number;
  readonly clock: Clock;
  /** As the engine has it. */
  readonly originMs: number;
}

/** Workers whose bits are in one word. */
const WORKERS_A_WORD = 32;

export class CommonParts implements Commons {
  readonly leases: CommonLeases;
  readonly stale: CommonStale;
  readonly #memory: CommonMemory;
  readonly #word: number;
  readonly #endWord: number;
  readonly #bit: number;

  constructor({ memory, worker, workers, engine, shardOf, clock, originMs }: CommonPartsOptions) {
    this.#memory = memory;
    this.#word = INTEREST + Math.floor(worker / WORKERS_A_WORD);
    this.#endWord = INTEREST + Math.ceil(workers / WORKERS_A_WORD);
    this.#bit = 1 << (worker % WORKERS_A_WORD);
    this.leases = new CommonLeases({ memory, shardOf, nowMs: () => clock.nowMs() + originMs });
    this.stale = new CommonStale({ memory, engine, nowMs: clock.nowMs, wallMs: clock.wallMs, originMs });
  }

  get n(): number {
    return Number(Atomics.load(this.#memory.sequence, 0));
  }

  nextN(): number {
    return Number(Atomics.add(this.#memory.sequence, 0, 1n)) + 1;
  }

  get isQuiet(): boolean {
    return !this.hasListeners && this.leases.isEmpty && this.stale.isEmpty;
  }

  /** Another worker wants to hear of changes. */
  get hasListeners(): boolean {
    const { words } = this.#memory;
    for (let at = INTEREST; at < this.#endWord; at++) {
      const bits = words[at]!;
      if (bits !== 0 && (at !== this.#word || bits !== this.#bit)) return true;
    }
    return false;
  }

  /** From now on this worker is told of every change that another makes, before it is acknowledged. */
  attend(): void {
    if ((this.#memory.words[this.#word]! & this.#bit) === 0) {
      Atomics.or(this.#memory.words, this.#word, this.#bit);
    }
  }

  /** Nobody here wants to hear of changes any more. */
  ignore(): void {
    const { words } = this.#memory;
    if ((words[this.#word]! & this.#bit) !== 0) Atomics.and(words, this.#word, ~this.#bit);
  }
}

/**
 * The worker that has ended, whose process had the number `own`, wants to hear of nothing, and does not hold the log.
 * `true`: it did, and what it wrote there may not be in force yet.
 */
export function forgetWorker({ words }: CommonMemory, worker: number, own: number): boolean {
  Atomics.and(words, INTEREST + Math.floor(worker / WORKERS_A_WORD), ~(1 << (worker % WORKERS_A_WORD)));
  return Atomics.compareExchange(words, MARKS_LOCK, own, 0) === own;
}
