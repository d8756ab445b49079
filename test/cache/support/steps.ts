// Steps of a trial by chance: all operations, sizes from nothing to the limit, keys of every kind, a leaping clock.
import type { Step } from "./trial.ts";

const KEY_KINDS = ["k", "ключ-", "é", "a-rather-long-key-that-takes-its-room/", "\ud800"];

export function randomStep(random: () => number, keys: number, bytesMax: number): Step {
  const key = keyOf(Math.floor(random() ** 2 * keys));
  const dice = random();
  if (dice < 0.4)
    return {
      kind: dice < 0.15 ? "put" : "set",
      key,
      bytes: randomBytes(random, bytesMax),
      ttlMs: randomTtlMs(random),
    };
  if (dice < 0.6) return { kind: "get", key };
  if (dice < 0.64) return { kind: "prefetch", key };
  if (dice < 0.7) return { kind: "seek", key };
  if (dice < 0.76) return { kind: "keep", key };
  if (dice < 0.8) return { kind: "peek", key };
  if (dice < 0.87) return { kind: "delete", key };
  if (dice < 0.9) return { kind: "rewrite", key };
  if (dice < 0.94) return { kind: "tick", steps: Math.floor(random() * 400) };
  if (dice < 0.97) return { kind: "clock", byMs: randomLeapMs(random) };
  if (dice < 0.98) return { kind: "randomKey" };
  if (dice < 0.985) return { kind: "hottest" };
  if (dice < 0.99) return { kind: "walk" };
  if (dice < 0.999) return { kind: "revalidate", every: random() < 0.5 ? 0 : 1 + Math.floor(random() * 9) };
  return { kind: "clear" };
}

export function keyOf(number: number): string {
  return `${KEY_KINDS[number % KEY_KINDS.length]}${number}`;
}

function randomBytes(random: () => number, bytesMax: number): number {
  const dice = random();
  if (dice < 0.05) return 0;
  if (dice < 0.85) return Math.floor(random() ** 3 * 4096);
  if (dice < 0.97) return Math.floor(random() ** 2 * Math.min(bytesMax, 128 * 1024));
  return Math.floor(random() ** 2 * bytesMax * 1.02);
}

function randomTtlMs(random: () => number): number {
  const dice = random();
  if (dice < 0.4) return Infinity;
  return dice < 0.9 ? Math.floor(random() ** 2 * 5000) : random() * 1e10;
}

function randomLeapMs(random: () => number): number {
  const dice = random();
  if (dice < 0.8) return random() * 200;
  return dice < 0.9 ? random() ** 4 * 1e10 : -random() * 10_000;
}
