// What a fuzzer is, and the loop that drives one: rounds of numbered inputs, each made of the seed and its number.

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

/** Whether all was well; what was not has been said. */
export async function fuzz(fuzzer: Fuzzer, options: FuzzOptions): Promise<boolean> {
  const { seed, from, say } = options;
  const endMs = performance.now() + 1_000 * options.seconds;
  const seen = new Map<string, number>();
  let next = from;
  let saidMs = performance.now();
  let isWell = true;
  const work = async (roundEnd: number) => {
    while (next < roundEnd && isWell && performance.now() < endMs) {
      const number = next++;
      const random = seededRandom(seed + Math.imul(number, 0x9e3779b9));
      try {
        for (const what of await fuzzer.run(random, number)) seen.set(what, (seen.get(what) ?? 0) + 1);
      } catch (thrown) {
        isWell = false;
        say(
          `FAIL input ${number} of seed ${seed}: ${thrown instanceof Error ? thrown.message : String(thrown)}`,
        );
        say(`again: --seed ${seed} --from ${number} --count 1`);
      }
    }
  };
  try {
    while (isWell && performance.now() < endMs && next < from + options.countMax) {
      const roundEnd = Math.min(next + ROUND, from + options.countMax);
      await Promise.all(Array.from({ length: options.concurrent }, () => work(roundEnd)));
      await fuzzer.check();
      if (performance.now() - saidMs > SAY_EVERY_MS) {
        say(`${next - from} inputs, ${seen.size} kinds of outcome`);
        saidMs = performance.now();
      }
    }
  } catch (thrown) {
    isWell = false;
    say(
      `FAIL before input ${next} of seed ${seed}: ${thrown instanceof Error ? thrown.message : String(thrown)}`,
    );
  }
  try {
    const coverage = await fuzzer.stop();
    say(`${next - from} inputs of seed ${seed}, ${seen.size} kinds of outcome`);
    const counts = [...seen].sort((a, b) => b[1] - a[1]).map(([what, count]) => `${what} ${count}`);
    say(counts.slice(0, 40).join(", "));
    if (fuzzer.figures !== undefined) say(fuzzer.figures());
    say(coverageLine(coverage, fuzzer.folders));
  } catch (thrown) {
    isWell = false;
    say(`FAIL at the end: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
  }
  return isWell;
}
