// A store whose answers come later, in the manner of one with an L2: the same results, a few turns of the loop late.

import type { Store } from "../../src/store/store.ts";
import { ownedResult } from "../../src/store/owned-result.ts";

export interface LateStore<M> {
  readonly store: Store<M>;
  /** Runs before each write and removal, between what was read and what is written: another instance's chance. */
  between: () => void;
  /** Runs when a read or a batch has its result and has not given it yet. */
  afterRead: () => void;
  /** Until when L1 is said to be proven, though nothing is served from it. */
  freshUntilMs: number;
}

/** Nothing is served from L1 without asking. */
export function lateStore<M>(inner: Store<M>): LateStore<M> {
  const late = async <T>(run: () => T): Promise<Awaited<T>> => {
    await new Promise((resolve) => setImmediate(resolve));
    return await run();
  };
  const handle: LateStore<M> = {
    between: () => {},
    afterRead: () => {},
    freshUntilMs: Number.POSITIVE_INFINITY,
    store: {
      engine: inner.engine,
      isEmbedded: false,
      get freshUntilMs() {
        return handle.freshUntilMs;
      },
      isFresh: () => false,
      changes: inner.changes,
      versionOf: (entry) => inner.versionOf(entry),
      read: (key, nowMs, minVersion) =>
        late(async () => {
          const result = ownedResult(await inner.read(key, nowMs, minVersion));
          handle.afterRead();
          return result;
        }),
      writePlain: () => false,
      write: (key, draft, condition) =>
        late(() => {
          handle.between();
          return inner.write(key, draft, condition);
        }),
      remove: (key, condition) =>
        late(() => {
          handle.between();
          return inner.remove(key, condition);
        }),
      commit: (step) =>
        late(() => {
          handle.between();
          return inner.commit(step);
        }),
      batch: (operations) =>
        late(async () => {
          const results = await inner.batch(operations);
          handle.afterRead();
          return results;
        }),
      invalidate: (target, owner) => late(() => inner.invalidate(target, owner)),
      releaseLease: (key, token) => late(() => inner.releaseLease(key, token)),
      scan: (cursor, count, prefix) => late(() => inner.scan(cursor, count, prefix)),
      count: () => late(() => inner.count()),
      close: () => inner.close(),
    },
  };
  return handle;
}
