import type { Engine, Entry, EngineOptions } from "./engine.ts";
interface E<M> {
  key: string;
  record: Uint8Array;
  version: number;
  expiresAtMs: number;
  memo: M | undefined;
  stamp: number;
}
export function createEngine<M>(o: EngineOptions<M> & { policy: string }): Engine<M> {
  const map = new Map<string, E<M>>();
  let gen = 0;
  const ev = { capacity: 0, expired: 0, invalidated: 0 };
  const look = (k: string, now: number): E<M> | undefined => {
    const e = map.get(k);
    if (!e) return;
    if (e.expiresAtMs <= now) {
      map.delete(k);
      ev.expired++;
      return;
    }
    if (e.stamp !== gen) {
      if (o.isValid && !o.isValid(e)) {
        map.delete(k);
        ev.invalidated++;
        return;
      }
      e.stamp = gen;
    }
    return e;
  };
  return {
    bytesMax: o.bytesMax,
    recordBytesMax: o.bytesMax,
    get: look,
    peek: look,
    keep(e, m) {
      (e as E<M>).memo = m;
      return true;
    },
    set(key, r, version, expiresAtMs) {
      map.set(key, { key, record: r.slice(), version, expiresAtMs, memo: undefined, stamp: gen });
      return true;
    },
    delete(k, now) {
      const e = look(k, now);
      if (e) map.delete(k);
      return !!e;
    },
    clear() {
      map.clear();
    },
    suspect() {
      gen++;
    },
    tick(now) {
      for (const k of [...map.keys()]) look(k, now);
      return 0;
    },
    scan() {
      return 0;
    },
    randomKey() {
      return undefined;
    },
    hottest() {
      return [];
    },
    stats: () => ({ entries: map.size, bytes: 0, bytesMax: o.bytesMax, evictions: ev }),
    verify() {},
  };
}
export type { Entry };
