// The store as a command writes to it while keyspace notifications are wanted: each change becomes events.

import { after, type MaybePromise } from "../../../base/maybe-promise.ts";
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
import type { Call } from "../call.ts";
import type { CommandShape } from "../command-shape.ts";
import { eventsOfRemoval, eventsOfWrite, isNewAlways, NEW_KEY, type EventName } from "./event-names.ts";
import type { KeyspaceEvent } from "./keyspace-events.ts";

type BatchResults = Awaited<ReturnType<Store<unknown>["batch"]>>;

export class NotifyingStore {
  readonly #call: Call;
  readonly #command: CommandShape;
  readonly #tell: (event: KeyspaceEvent) => void;

  /** `call` runs `command`; its arguments are there until it is done. */
  constructor(call: Call, command: CommandShape, tell: (event: KeyspaceEvent) => void) {
    this.#call = call;
    this.#command = command;
    this.#tell = tell;
  }

  /** What the command sees of `inner`. */
  over(inner: Store<unknown>): Store<unknown> {
    return storeView(inner, {
      writePlain: () => false,
      write: (key, draft, condition) => this.#write(inner, key, draft, condition),
      remove: (key, condition) => this.#remove(inner, key, condition),
      commit: (step) => this.#commit(inner, step),
      batch: (operations) => this.#batch(inner, operations),
    });
  }

  #tellAll(key: string, events: readonly EventName[]): void {
    for (const { name, kind } of events) this.#tell({ name, kind, key });
  }

  #written(key: string, result: WriteResult): void {
    if (result.kind !== "written") return;
    if (result.created || isNewAlways(this.#command)) this.#tellAll(key, [NEW_KEY]);
    this.#tellAll(key, eventsOfWrite(this.#command, this.#call.args, key === this.#call.keys[0]));
  }

  #removed(key: string, result: RemoveResult): void {
    if (result.kind === "removed") this.#tellAll(key, eventsOfRemoval(this.#command));
  }

  #write(inner: Store<unknown>, key: string, draft: Draft, condition?: Condition): MaybePromise<WriteResult> {
    return after(inner.write(key, draft, condition), (result) => {
      this.#written(key, result);
      return result;
    });
  }

  #remove(inner: Store<unknown>, key: string, condition?: Condition): MaybePromise<RemoveResult> {
    return after(inner.remove(key, condition), (result) => {
      this.#removed(key, result);
      return result;
    });
  }

  /** What only removes is done key by key: a step does not tell which of them there were. */
  #commit(inner: Store<unknown>, step: Step): MaybePromise<StepResult> {
    if (step.read.size === 0 && [...step.written.values()].every((put) => put === "nothing")) {
      return this.#removeEach(inner, step);
    }
    return after(inner.commit(step), (result) => {
      if (result.kind !== "done") return result;
      const { args, keys } = this.#call;
      for (const [key, put] of step.written) {
        const isFirst = key === keys[0];
        this.#tellAll(
          key,
          put === "nothing" ? eventsOfRemoval(this.#command) : eventsOfWrite(this.#command, args, isFirst),
        );
      }
      return result;
    });
  }

  async #removeEach(inner: Store<unknown>, { written }: Step): Promise<StepResult> {
    const results = await Promise.all(Array.from(written.keys(), (key) => this.#remove(inner, key)));
    let version = { epoch: "", n: 0 };
    let present = 0;
    for (const result of results) {
      if (result.kind === "unavailable") return result;
      if (result.kind !== "removed") continue;
      ({ version } = result);
      present += 1;
    }
    return { kind: "done", version, present };
  }

  async #batch(inner: Store<unknown>, operations: readonly Operation[]): Promise<BatchResults> {
    const results = await inner.batch(operations);
    for (const [i, result] of results.entries()) {
      const { kind, key } = operations[i]!;
      if (kind === "set") this.#written(key, result as WriteResult);
      if (kind === "delete") this.#removed(key, result as RemoveResult);
    }
    return results;
  }
}
