// What a fuzzer is, and the loop that drives one: rounds of numbered inputs, each made of the seed and its number.

import { messageOf } from "../../../src/base/bug.ts";
import { seededRandom } from "../../cache/support/random.ts";
import { coverageLine, type FolderCoverage } from "./coverage.ts";

export interface Fuzzer {
  /** Folders of src/ whose coverage is worth a line. */
  readonly folders: readonly string[];
  /** Sends one input. Throws what was handled amiss; else what was seen, in a word or two. */
  run(random: () => number, number: number): Promise<readonly string[]>;
  /** Called after each round: what must hold whatever was sent. */
  check(): Promise<void>;
  /** Text of the figures that it has besides, for the end. */
  figures?(): string;
  stop(): Promise<readonly FolderCoverage[]>;
}

export interface FuzzOptions {
  readonly seed: number;
  /** The first input's number, and how many there are at most. */
  readonly from: number;
  readonly countMax: number;
  readonly seconds: number;
  /** Inputs at a time. */
  readonly concurrent: number;
  readonly say: (line: string) => void;
}

const ROUND = 256;
const SAY_EVERY_MS = 60_000;
const SAID_KINDS_MAX = 40;
/** Odd, and far from a small multiple of anything: numbers that follow one another make unlike inputs. */
const STRIDE = 0x9e3779b9;

/** Whether all was well; what was not has been said. */
export async function fuzz(fuzzer: Fuzzer, options: FuzzOptions): Promise<boolean> {
  const { seed, say } = options;
  const run = new Run(fuzzer, options);
  try {
    await run.rounds();
  } catch (thrown) {
    run.fail(`before input ${run.next} of seed ${seed}: ${messageOf(thrown)}`);
  }
  try {
    const coverage = await fuzzer.stop();
    run.report();
    if (fuzzer.figures !== undefined) say(fuzzer.figures());
    say(coverageLine(coverage, fuzzer.folders));
  } catch (thrown) {
    run.fail(`at the end: ${messageOf(thrown)}`);
  }
  return run.failures === 0;
}

class Run {
  /** The number of the next input. */
  next: number;
  failures = 0;
  readonly #fuzzer: Fuzzer;
  readonly #options: FuzzOptions;
  readonly #endMs: number;
  readonly #seen = new Map<string, number>();

  constructor(fuzzer: Fuzzer, options: FuzzOptions) {
    this.#fuzzer = fuzzer;
    this.#options = options;
    this.#endMs = performance.now() + 1_000 * options.seconds;
    this.next = options.from;
  }

  async rounds(): Promise<void> {
    const { from, countMax, concurrent } = this.#options;
    let saidMs = performance.now();
    while (this.#goesOn && this.next < from + countMax) {
      const roundEnd = Math.min(this.next + ROUND, from + countMax);
      await Promise.all(Array.from({ length: concurrent }, () => this.#inputs(roundEnd)));
      await this.#fuzzer.check();
      if (performance.now() - saidMs < SAY_EVERY_MS) continue;
      saidMs = performance.now();
      this.#options.say(`${this.next - from} inputs, ${this.#seen.size} kinds of outcome`);
    }
  }

  fail(sentence: string): void {
    this.failures += 1;
    this.#options.say(`FAIL ${sentence}`);
  }

  report(): void {
    const { seed, from, say } = this.#options;
    say(`${this.next - from} inputs of seed ${seed}, ${this.#seen.size} kinds of outcome`);
    const counts = [...this.#seen].sort((a, b) => b[1] - a[1]).map(([what, count]) => `${what} ${count}`);
    say(counts.slice(0, SAID_KINDS_MAX).join(", "));
  }

  get #goesOn(): boolean {
    return this.failures === 0 && performance.now() < this.#endMs;
  }

  async #inputs(roundEnd: number): Promise<void> {
    const { seed } = this.#options;
    while (this.next < roundEnd && this.#goesOn) {
      const number = this.next++;
      try {
        const kinds = await this.#fuzzer.run(seededRandom(seed + Math.imul(number, STRIDE)), number);
        for (const kind of kinds) this.#seen.set(kind, (this.#seen.get(kind) ?? 0) + 1);
      } catch (thrown) {
        this.fail(
          `input ${number} of seed ${seed} (--seed ${seed} --from ${number} --count 1): ${messageOf(thrown)}`,
        );
      }
    }
  }
}
