// A plain map behind the engine's interface: no budget, no policy. Stands in for the engine.

import type { Engine, EngineOptions } from "./engine.ts";

interface Row<M> {
  readonly key: string;
  readonly record: Uint8Array;
  readonly version: number;
  readonly expiresAtMs: number;
  memo: M | undefined;
  stamp: number;
}

export function createEngine<M>(options: EngineOptions<M> & { policy: string }): Engine<M> {
  const map = new Map<string, Row<M>>();
  const evictions = { capacity: 0, expired: 0, invalidated: 0 };
  let stamp = 0;
  const look = (key: string, nowMs: number): Row<M> | undefined => {
    const row = map.get(key);
    if (row === undefined) return undefined;
    if (row.expiresAtMs <= nowMs) {
      map.delete(key);
      evictions.expired += 1;
      return undefined;
    }
    if (row.stamp !== stamp) {
      if (options.isValid !== undefined && !options.isValid(row)) {
        map.delete(key);
        evictions.invalidated += 1;
        return undefined;
      }
      row.stamp = stamp;
    }
    return row;
  };
  return {
    bytesMax: options.bytesMax,
    recordBytesMax: options.bytesMax,
    get: look,
    peek: look,
    keep(entry, memo) {
      (entry as Row<M>).memo = memo;
      return true;
    },
    set(key, record, version, expiresAtMs) {
      map.set(key, { key, record: record.slice(), version, expiresAtMs, memo: undefined, stamp });
      return true;
    },
    delete(key, nowMs) {
      return look(key, nowMs) !== undefined && map.delete(key);
    },
    clear: () => map.clear(),
    suspect() {
      stamp += 1;
    },
    tick(nowMs) {
      for (const key of map.keys()) look(key, nowMs);
      return 0;
    },
    scan(cursor, count, nowMs, visit) {
      const keys = [...map.keys()].slice(cursor, cursor + count);
      for (const key of keys) {
        const row = look(key, nowMs);
        if (row !== undefined) visit(row);
      }
      return cursor + count >= map.size ? 0 : cursor + count;
    },
    randomKey(nowMs) {
      const keys = [...map.keys()].filter((key) => look(key, nowMs) !== undefined);
      return keys[Math.floor((options.random ?? Math.random)() * keys.length)];
    },
    hottest: (count) => [...map.keys()].slice(0, count),
    stats: () => ({ entries: map.size, bytes: 0, bytesMax: options.bytesMax, evictions }),
    verify() {},
  };
}
