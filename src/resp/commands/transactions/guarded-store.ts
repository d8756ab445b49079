// The store as a transaction writes to it: of a key that was watched, only over the version that it had.

import { after, type MaybePromise } from "../../../base/maybe-promise.ts";
import type { Version } from "../../../record/version.ts";
import type {
  Condition,
  Draft,
  Operation,
  RemoveResult,
  Step,
  StepResult,
  Store,
  WriteResult,
} from "../../../store/store.ts";
import { storeView } from "../../../store/store-view.ts";

type BatchResults = Awaited<ReturnType<Store<unknown>["batch"]>>;

export class GuardedStore {
  /** Somebody else wrote a watched key before the transaction did. */
  isOvertaken = false;
  /** The transaction has written something. */
  hasWritten = false;
  readonly #inner: Store<unknown>;
  /** Watched keys that the transaction has not written yet, with their versions. */
  readonly #guards: Map<string, Version | undefined>;

  constructor(inner: Store<unknown>, watched: ReadonlyMap<string, Version | undefined>) {
    this.#inner = inner;
    this.#guards = new Map(watched);
  }

  /** What commands see of it. */
  get store(): Store<unknown> {
    return storeView(this.#inner, {
      writePlain: () => false,
      write: (key, draft, condition) => this.#write(key, draft, condition),
      remove: (key, condition) => this.#remove(key, condition),
      commit: (step) => this.#commit(step),
      batch: (operations) => this.#batch(operations),
    });
  }

  #write(key: string, draft: Draft, condition?: Condition): MaybePromise<WriteResult> {
    const guard = condition ?? this.#guardOf(key);
    const result = this.#inner.write(key, draft, guard);
    return after(result, (written) => this.#noted(key, guard !== condition, written));
  }

  #remove(key: string, condition?: Condition): MaybePromise<RemoveResult> {
    // Of what was not there, a removal needs no guard: it changes nothing.
    const guard = condition ?? (this.#guards.get(key) === undefined ? undefined : this.#guardOf(key));
    const result = this.#inner.remove(key, guard);
    return after(result, (removed) => this.#noted(key, guard !== condition, removed));
  }

  #commit({ read, written }: Step): MaybePromise<StepResult> {
    const guards = [...this.#guards].filter(([key]) => written.has(key) && !read.has(key));
    const result = this.#inner.commit({ read: new Map([...guards, ...read]), written });
    return after(result, (done) => {
      if (done.kind === "done") {
        this.hasWritten = true;
        for (const key of written.keys()) this.#guards.delete(key);
      } else if (done.kind === "failed_condition" && guards.length > 0) {
        this.isOvertaken = true;
      }
      return done;
    });
  }

  /** One after another where a guarded key is among them. */
  async #batch(operations: readonly Operation[]): Promise<BatchResults> {
    const isGuarded = operations.some(({ kind, key }) => kind !== "get" && this.#guards.has(key));
    if (!isGuarded) {
      this.hasWritten ||= operations.some(({ kind }) => kind !== "get");
      return this.#inner.batch(operations);
    }
    const results: BatchResults[number][] = [];
    for (const operation of operations) {
      if (operation.kind === "set") results.push(await this.#write(operation.key, operation.draft));
      else if (operation.kind === "delete") results.push(await this.#remove(operation.key));
      else results.push(...(await this.#inner.batch([operation])));
    }
    return results;
  }

  #guardOf(key: string): Condition | undefined {
    if (!this.#guards.has(key)) return undefined;
    const version = this.#guards.get(key);
    return version === undefined ? { kind: "absent" } : { kind: "version", version };
  }

  #noted<T extends WriteResult | RemoveResult>(key: string, isGuarded: boolean, result: T): T {
    if (result.kind === "written" || result.kind === "removed") {
      this.hasWritten = true;
      this.#guards.delete(key);
    } else if (isGuarded && (result.kind === "failed_condition" || result.kind === "miss")) {
      this.isOvertaken = true;
    }
    return result;
  }
}
