// The embedded store where several workers have one memory: each change is made with its key held, and told to those
// workers that want to hear of it before it is acknowledged. Hot.

import type { Clock } from "../../base/clock.ts";
import { LOCK_WAIT_MS, RETRY_AFTER_MS, TICK_MS } from "../../base/limits.ts";
import type { MaybePromise } from "../../base/maybe-promise.ts";
import type { Engine, Entry } from "../../cache/engine.ts";
import type { Target } from "../../coherence/target.ts";
import type { Version } from "../../record/version.ts";
import type { Changes } from "../changes.ts";
import type { EmbeddedStore } from "../embedded/embedded-store.ts";
import { ownedResult } from "../owned-result.ts";
import type { Siblings } from "../siblings.ts";
import type {
  Condition,
  Draft,
  FillWish,
  InvalidateResult,
  Operation,
  PlainWrite,
  ReadResult,
  RemoveResult,
  ScanPage,
  Step,
  StepResult,
  Store,
  Unavailable,
  WriteResult,
} from "../store.ts";
import type { CommonParts } from "./common-parts.ts";

export interface CommonStoreOptions<M> {
  readonly inner: EmbeddedStore<M>;
  readonly parts: CommonParts;
  readonly siblings: Siblings;
  readonly clock: Clock;
  readonly epoch: string;
}

export class CommonStore<M> implements Store<M> {
  readonly engine: Engine<M>;
  /** Others write between two operations, and a write may have to wait. */
  readonly isEmbedded = false;
  readonly freshUntilMs = Number.POSITIVE_INFINITY;
  readonly changes: Changes;
  readonly #inner: EmbeddedStore<M>;
  readonly #parts: CommonParts;
  readonly #siblings: Siblings;
  readonly #clock: Clock;
  readonly #epoch: string;
  readonly #tick: Timer;

  constructor({ inner, parts, siblings, clock, epoch }: CommonStoreOptions<M>) {
    this.#inner = inner;
    this.#parts = parts;
    this.#siblings = siblings;
    this.#clock = clock;
    this.#epoch = epoch;
    this.engine = inner.engine;
    this.changes = inner.changes;
    this.changes.attention.begins = () => parts.attend();
    siblings.listen(({ target }) => inner.changedElsewhere(target));
    this.#tick = setInterval(() => {
      if (!inner.isAttentive) parts.ignore();
    }, TICK_MS);
  }

  isFresh(): boolean {
    return true;
  }

  versionOf(entry: Entry<M>): Version {
    return this.#inner.versionOf(entry);
  }

  read(
    key: string,
    nowMs: number,
    minVersion?: Version,
    wish?: FillWish,
  ): ReadResult<M> | Promise<ReadResult<M>> {
    if (wish === undefined) return this.#inner.read(key, nowMs, minVersion);
    // The right to fill is given in one step with the look that misses.
    return this.#holding(key, () => this.#inner.read(key, nowMs, minVersion, wish));
  }

  /** For one who waited for a right to fill, or for a fill. */
  async readAgain(key: string, nowMs: number, wish: FillWish): Promise<ReadResult<M>> {
    return ownedResult(await this.read(key, nowMs, undefined, wish));
  }

  write(key: string, draft: Draft, condition?: Condition): MaybePromise<WriteResult> {
    return this.#change(key, () => this.#inner.write(key, draft, condition));
  }

  writePlain(write: PlainWrite, nowMs: number): boolean {
    return this.#inner.writePlain(write, nowMs);
  }

  remove(key: string, condition?: Condition): MaybePromise<RemoveResult> {
    return this.#change(key, () => this.#inner.remove(key, condition));
  }

  async commit(step: Step): Promise<StepResult> {
    const keys = new Set([...step.read.keys(), ...step.written.keys()]);
    const done = await this.#holdingAll(keys, () => this.#inner.commit(step));
    if (done.kind === "done" && this.#parts.hasListeners) {
      await this.#tell({ kind: "keys", keys: [...step.written.keys()] });
    }
    return done;
  }

  async batch(
    operations: readonly Operation[],
  ): Promise<readonly (ReadResult<M> | WriteResult | RemoveResult)[]> {
    const results: (ReadResult<M> | WriteResult | RemoveResult)[] = [];
    const keys: string[] = [];
    for (const operation of operations) {
      const { key } = operation;
      if (operation.kind === "get") {
        results.push(ownedResult(await this.#inner.read(key, this.#clock.nowMs())));
        continue;
      }
      const run = (): WriteResult | RemoveResult =>
        operation.kind === "set" ? this.#inner.write(key, operation.draft) : this.#inner.remove(key);
      const done = this.#holding<WriteResult | RemoveResult>(key, run);
      results.push(done instanceof Promise ? await done : done);
      keys.push(key);
    }
    if (keys.length > 0 && this.#parts.hasListeners) await this.#tell({ kind: "keys", keys });
    return results;
  }

  async invalidate(target: Target, owner: string): Promise<InvalidateResult> {
    if (target.kind === "keys") {
      let count = 0;
      for (const key of target.keys) {
        const result = await this.remove(key);
        if (result.kind === "unavailable") return result;
        if (result.kind === "removed") count += 1;
      }
      return { kind: "invalidated", count };
    }
    const done = this.#inner.invalidate(target, owner);
    if (this.#parts.hasListeners) await this.#tell(target);
    return done;
  }

  releaseLease(key: string, token: string): MaybePromise<"released" | "gone" | Unavailable> {
    return this.#holding<"released" | "gone">(key, () => {
      const answer = this.#inner.releaseLease(key, token);
      const isTold = answer === "released" && this.#parts.hasListeners;
      return isTold ? this.#tell({ kind: "keys", keys: [key] }).then(() => answer) : answer;
    });
  }

  scan(cursor: string, count: number, prefix: string): ScanPage {
    return this.#inner.scan(cursor, count, prefix);
  }

  count(): number {
    return this.#inner.count();
  }

  close(): Promise<void> {
    clearInterval(this.#tick);
    this.#parts.ignore();
    return this.#inner.close();
  }

  /** Makes a change, and has it told. */
  #change<T extends WriteResult | RemoveResult>(key: string, run: () => T): MaybePromise<T | Unavailable> {
    return this.#holding<T>(key, () => {
      const result = run();
      const isChange = result.kind === "written" || result.kind === "removed" || result.kind === "miss";
      if (!isChange || !this.#parts.hasListeners) return result;
      return this.#tell({ kind: "keys", keys: [key] }).then(() => result);
    });
  }

  /** Runs `run` with `key` held: at once, or once other workers have let go of its shard. */
  #holding<T>(key: string, run: () => MaybePromise<T>): MaybePromise<T | Unavailable> {
    return this.engine.hold(key) ? this.#held(run) : this.#later(key, run);
  }

  /** Holds `key` no longer than `run` takes to return: what it promises comes without. */
  #held<T>(run: () => MaybePromise<T>): MaybePromise<T> {
    try {
      return run();
    } finally {
      this.engine.letGo();
    }
  }

  async #later<T>(key: string, run: () => MaybePromise<T>): Promise<T | Unavailable> {
    const untilMs = this.#clock.nowMs() + LOCK_WAIT_MS;
    while (this.#clock.nowMs() < untilMs) {
      await Bun.sleep(1 + Math.random());
      if (this.engine.hold(key)) return this.#held(run);
    }
    return { kind: "unavailable", retryAfterMs: RETRY_AFTER_MS };
  }

  async #holdingAll<T>(keys: ReadonlySet<string>, run: () => T): Promise<T | Unavailable> {
    const untilMs = this.#clock.nowMs() + LOCK_WAIT_MS;
    while (!this.engine.holdAll(keys)) {
      if (this.#clock.nowMs() >= untilMs) return { kind: "unavailable", retryAfterMs: RETRY_AFTER_MS };
      await Bun.sleep(1 + Math.random());
    }
    try {
      return run();
    } finally {
      this.engine.letGo();
    }
  }

  #tell(target: Target): Promise<boolean> {
    return this.#siblings.settle({ partition: 0, target, version: { epoch: this.#epoch, n: this.#parts.n } });
  }
}
