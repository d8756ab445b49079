// A store as somebody sees it who has some of its operations another way.

import type { Store } from "./store.ts";

/** `inner`, but for what `own` has. */
export function storeView(inner: Store<unknown>, own: Partial<Store<unknown>>): Store<unknown> {
  return {
    engine: inner.engine,
    isEmbedded: inner.isEmbedded,
    get freshUntilMs() {
      return inner.freshUntilMs;
    },
    isFresh: (nowMs) => inner.isFresh(nowMs),
    changes: inner.changes,
    versionOf: (entry) => inner.versionOf(entry),
    read: (key, nowMs, minVersion, wish) => inner.read(key, nowMs, minVersion, wish),
    writePlain: (write, nowMs) => inner.writePlain(write, nowMs),
    write: (key, draft, condition) => inner.write(key, draft, condition),
    remove: (key, condition) => inner.remove(key, condition),
    commit: (step) => inner.commit(step),
    batch: (operations) => inner.batch(operations),
    invalidate: (target, owner) => inner.invalidate(target, owner),
    releaseLease: (key, token) => inner.releaseLease(key, token),
    scan: (cursor, count, prefix) => inner.scan(cursor, count, prefix),
    count: () => inner.count(),
    close: () => inner.close(),
    ...own,
  };
}
