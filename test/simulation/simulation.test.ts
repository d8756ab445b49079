// The simulation: no seed shows a violation, and each shortcut shows some.

import { describe, expect, test } from "bun:test";
import { SHORTCUTS } from "./shortcuts.ts";
import { nextTurn } from "../support/until.ts";
import { simulate } from "./simulate.ts";

const SEEDS = 3_000;
/** Seeds in which a shortcut must have shown itself. */
const SHORTCUT_SEEDS = 3_000;

const replay = (seed: number) => simulate(seed, { history: true }).history;

describe("the protocol, simulated", () => {
  test(`${SEEDS} seeds: no read older than the bound, whatever is lost, cut, stopped or restarted`, async () => {
    let reads = 0;
    for (let seed = 1; seed <= SEEDS; seed++) {
      const { violations, reads: count } = simulate(seed);
      reads += count;
      await nextTurn();
      if (violations.length > 0) {
        throw new Error(`seed ${seed} (bun run bench:simulate --seed ${seed}): ${violations.join("; ")}`);
      }
    }
    expect(reads).toBeGreaterThan(SEEDS * 100);
  }, 600_000);

  test("a seed replays to the letter", () => {
    for (const seed of [3, 14, 159]) expect(replay(seed)).toBe(replay(seed));
  });

  for (const [name, scenario] of Object.entries(SHORTCUTS)) {
    test(`finds the shortcut: ${name}`, async () => {
      let seed = 1;
      while (seed <= SHORTCUT_SEEDS && simulate(seed, scenario).violations.length === 0) {
        seed += 1;
        await nextTurn();
      }
      expect(seed).toBeLessThanOrEqual(SHORTCUT_SEEDS);
    }, 120_000);
  }
});
