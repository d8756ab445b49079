// What sharing costs the engine: the same operations of an engine of one process and of one over shared memory. Cold.

import type { Engine } from "../../src/cache/engine.ts";
import { createEngine } from "../../src/cache/l1.ts";
import { engineOf, memoryFor } from "../../test/cache/support/shared-engines.ts";

const BYTES_MAX = 64 * 2 ** 20;
const KEYS = 20_000;
const HOT_KEYS = 1_000;
const KEY_BYTES = 24;
const RECORD_BYTES = 1_000;
const ROUNDS = 30;

/** One row an operation: the least ns of all rounds, alone and shared. */
export function measureEngines(): string[][] {
  const alone = leastNs(createEngine<never>({ bytesMax: BYTES_MAX }));
  const shared = leastNs(engineOf<never>(memoryFor(BYTES_MAX), 0));
  return Object.keys(alone).map((name) => [name, alone[name]!.toFixed(0), shared[name]!.toFixed(0)]);
}

function leastNs(engine: Engine<never>): Record<string, number> {
  const source = Buffer.alloc(KEYS * KEY_BYTES);
  const keys = Array.from({ length: KEYS }, (_, i) => `key:${i}`.padEnd(KEY_BYTES, "x"));
  for (const [i, key] of keys.entries()) source.write(key, i * KEY_BYTES);
  const record = new Uint8Array(RECORD_BYTES);
  const request = {
    source,
    keyStart: 0,
    keyEnd: 0,
    recordBytes: RECORD_BYTES,
    nextVersion: () => 1,
    version: 0,
    expiresAtMs: Infinity,
  };
  const runs: Readonly<Record<string, () => void>> = {
    "write of 1,000 bytes": () => {
      for (const key of keys) engine.set(key, record, 1, Infinity, 0);
    },
    "look-up, not in front": () => {
      for (let at = 0; at < source.length; at += KEY_BYTES) engine.seek(source, at, at + KEY_BYTES, 0);
    },
    "write by RESP": () => {
      for (let at = 0; at < source.length; at += KEY_BYTES) {
        request.keyStart = at;
        request.keyEnd = at + KEY_BYTES;
        engine.put(request, 0);
        engine.commit();
      }
    },
    "hit in front": () => {
      for (let i = 0; i < KEYS; i++) engine.get(keys[i % HOT_KEYS]!, 0);
    },
  };
  const least: Record<string, number> = {};
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, run] of Object.entries(runs)) {
      // What was written is brought to the front anew before hits are timed.
      if (name === "hit in front") run();
      const start = Bun.nanoseconds();
      run();
      least[name] = Math.min(least[name] ?? Infinity, (Bun.nanoseconds() - start) / KEYS);
    }
  }
  return least;
}
