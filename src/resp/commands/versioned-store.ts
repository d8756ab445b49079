// The shared store as one connection sees it: what it reads is no older than it asks for, and its last write is noted.

import { after } from "../../base/maybe-promise.ts";
import type { Version } from "../../record/version.ts";
import type { Operation, Store } from "../../store/store.ts";
import { storeView } from "../../store/store-view.ts";

type BatchResults = Awaited<ReturnType<Store<unknown>["batch"]>>;

export class VersionedStore {
  /** What is read has to be of this version or a newer one. */
  minVersion: Version | undefined;
  /** That of the connection's last write. */
  lastVersion: Version | undefined;
  readonly #inner: Store<unknown>;
  readonly #nowMs: () => number;

  /** `nowMs`: the engine's time. */
  constructor(inner: Store<unknown>, nowMs: () => number) {
    this.#inner = inner;
    this.#nowMs = nowMs;
  }

  /** What commands see of it. */
  get store(): Store<unknown> {
    const inner = this.#inner;
    return storeView(inner, {
      // L1 is asked by way of `read`, which looks at versions.
      isFresh: (nowMs) => this.minVersion === undefined && inner.isFresh(nowMs),
      read: (key, nowMs, minVersion, wish) => inner.read(key, nowMs, minVersion ?? this.minVersion, wish),
      write: (key, draft, condition) =>
        after(inner.write(key, draft, condition), (result) => this.#noted(result)),
      remove: (key, condition) => after(inner.remove(key, condition), (result) => this.#noted(result)),
      commit: (step) =>
        after(inner.commit(step), (result) => {
          if (result.kind === "done") this.lastVersion = result.version;
          return result;
        }),
      batch: (operations) => this.#batch(operations),
    });
  }

  async #batch(operations: readonly Operation[]): Promise<BatchResults> {
    const { minVersion } = this;
    if (minVersion === undefined || operations.some(({ kind }) => kind !== "get")) {
      const results = await this.#inner.batch(operations);
      for (const result of results) this.#noted(result);
      return results;
    }
    return Promise.all(operations.map(({ key }) => this.#inner.read(key, this.#nowMs(), minVersion)));
  }

  #noted<T extends BatchResults[number]>(result: T): T {
    if (result.kind === "written" || result.kind === "removed") this.lastVersion = result.version;
    return result;
  }
}
