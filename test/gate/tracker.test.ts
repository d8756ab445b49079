// The tracker: told is who should be, within its byte budget, in steps, and nothing is left of those who have gone.

import { expect, test } from "bun:test";
import fc from "fast-check";
import { InFlight } from "../../src/base/in-flight.ts";
import { TRACKED_BYTES_MAX } from "../../src/base/limits.ts";
import { Tracker, type Holder } from "../../src/gate/tracker.ts";
import { nextTurn, until } from "../support/until.ts";

class Recorder implements Holder {
  told: string[] = [];
  toldAll = 0;

  drop(key: string): void {
    this.told.push(key);
  }

  dropAll(): void {
    this.toldAll += 1;
  }
}

const NOW_MS = 1_800_000_000_000;
const YEAR_MS = 365 * 86_400_000;

test("a client that reads very many keys that expire far away stays within the budget, and leaves nothing", async () => {
  const inFlight = new InFlight();
  const tracker = new Tracker(inFlight);
  tracker.sweep(NOW_MS);
  const reader = new Recorder();
  for (let i = 0; i < 400_000; i++) {
    const key = `key:${i}`;
    tracker.track(reader, key);
    tracker.expires(key, NOW_MS + 86_400_000 + i * 1_000);
    if (i % 20_000 === 0) {
      expect(tracker.bytes).toBeLessThanOrEqual(TRACKED_BYTES_MAX);
      expect(inFlight.bytes).toBeLessThanOrEqual(TRACKED_BYTES_MAX + 16 * 1024);
      await nextTurn();
    }
  }
  expect(reader.toldAll).toBeGreaterThan(2);
  tracker.forget(reader);
  await until(() => inFlight.bytes === 0);
  expect(tracker.bytes).toBe(0);
  expect(tracker.isIdle).toBeTrue();
});

test("past the budget the one that holds the most is told to drop all", () => {
  const tracker = new Tracker(new InFlight());
  const modest = new Recorder();
  tracker.track(modest, "kept");
  const greedy = [new Recorder(), new Recorder(), new Recorder()];
  const long = "k".repeat(500);
  for (let i = 0; i < 90_000; i++)
    for (const [j, holder] of greedy.entries()) tracker.track(holder, `${long}${j}.${i}`);
  expect(tracker.bytes).toBeLessThanOrEqual(TRACKED_BYTES_MAX);
  expect(greedy.some(({ toldAll }) => toldAll > 0)).toBeTrue();
  expect(modest.toldAll).toBe(0);
  tracker.onKey("kept");
  expect(modest.told).toEqual(["kept"]);
});

test("many keys that expire at once are told in steps, and all of them", async () => {
  const tracker = new Tracker(new InFlight());
  tracker.sweep(NOW_MS);
  const holder = new Recorder();
  for (let i = 0; i < 20_000; i++) {
    tracker.track(holder, `k${i}`);
    tracker.expires(`k${i}`, NOW_MS + 1_000);
  }
  tracker.sweep(NOW_MS + 1_500);
  expect(holder.told.length).toBeLessThan(5_000);
  await until(() => holder.told.length === 20_000);
  expect(tracker.isIdle).toBeTrue();
});

test("a key is told within three quarters of a second of its expiry, however far that was", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 100 * YEAR_MS }),
      fc.integer({ min: 0, max: YEAR_MS }),
      (inMs, stepMs) => {
        const tracker = new Tracker(new InFlight());
        tracker.sweep(NOW_MS);
        const holder = new Recorder();
        tracker.track(holder, "k");
        tracker.expires("k", NOW_MS + inMs);
        for (const at of [0, stepMs, inMs - 1].filter((ms) => ms < inMs)) {
          tracker.sweep(NOW_MS + at);
          expect(holder.told).toEqual([]);
        }
        tracker.sweep(NOW_MS + inMs + 250);
        // A slot that was still far is put nearer by one sweep, and told by the next.
        for (let i = 0; i < 3; i++) tracker.sweep(NOW_MS + inMs + 250);
        expect(holder.told).toEqual(["k"]);
      },
    ),
  );
});

type Act =
  | { readonly kind: "track" | "untrack"; readonly who: number; readonly key: string }
  | { readonly kind: "change"; readonly key: string }
  | { readonly kind: "prefix"; readonly key: string }
  | { readonly kind: "forget"; readonly who: number }
  | { readonly kind: "subscribe"; readonly who: number; readonly key: string };

const act: fc.Arbitrary<Act> = fc.record({
  kind: fc.constantFrom(
    "track",
    "track",
    "track",
    "untrack",
    "change",
    "change",
    "prefix",
    "forget",
    "subscribe",
  ),
  who: fc.nat({ max: 2 }),
  key: fc.constantFrom("a", "ab", "abc", "b", "bc", "c"),
}) as fc.Arbitrary<Act>;

test("whoever read a key, or subscribed to a prefix of it, is told of its change, and nobody else", () => {
  fc.assert(
    fc.property(fc.array(act, { maxLength: 60 }), (acts) => {
      const tracker = new Tracker(new InFlight());
      const holders = [new Recorder(), new Recorder(), new Recorder()];
      const read = holders.map(() => new Set<string>());
      const prefixes = holders.map(() => new Set<string>());
      for (const { kind, ...rest } of acts) {
        const { who, key } = rest as { who: number; key: string };
        if (kind === "track") {
          tracker.track(holders[who]!, key);
          read[who]!.add(key);
        } else if (kind === "untrack") {
          tracker.untrack(holders[who]!, key);
          read[who]!.delete(key);
        } else if (kind === "subscribe") {
          tracker.broadcast(holders[who]!, key);
          prefixes[who]!.add(key);
        } else if (kind === "forget") {
          tracker.forget(holders[who]!);
          read[who]!.clear();
          prefixes[who]!.clear();
        } else {
          const expected = holders.map((_, i) => {
            const keys = kind === "change" ? [key] : [...read[i]!].filter((name) => name.startsWith(key));
            const told = keys.filter((name) => read[i]!.delete(name));
            if (kind === "change") for (const own of prefixes[i]!) if (key.startsWith(own)) told.push(key);
            return told.sort();
          });
          for (const holder of holders) holder.told = [];
          if (kind === "change") tracker.onKey(key);
          else tracker.onMass({ kind: "prefix", prefix: key });
          expect(holders.map(({ told }) => told.sort())).toEqual(expected);
        }
        expect(tracker.tracked).toBe(read.reduce((sum, keys) => sum + keys.size, 0));
      }
      for (const holder of holders) tracker.forget(holder);
      expect(tracker.bytes).toBe(0);
    }),
    { numRuns: 500 },
  );
});
