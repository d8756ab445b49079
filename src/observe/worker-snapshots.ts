// The snapshots of an instance's workers, and what those that ended had counted: their sum never falls. Cold.

import { mergeSnapshots, retiredOf, type Snapshot } from "./snapshot.ts";

export class WorkerSnapshots<Worker extends object> {
  readonly #last = new Map<Worker, Snapshot>();
  readonly #ended = new WeakSet<Worker>();
  #retired: Snapshot | undefined;

  /** A worker tells how it stands; one that has ended is not heard any more, or it would count twice. */
  took(worker: Worker, snapshot: Snapshot): void {
    if (!this.#ended.has(worker)) this.#last.set(worker, snapshot);
  }

  ended(worker: Worker): void {
    this.#ended.add(worker);
    const last = this.#last.get(worker);
    if (last === undefined) return;
    this.#last.delete(worker);
    const retired = retiredOf(last);
    this.#retired = this.#retired === undefined ? retired : mergeSnapshots([this.#retired, retired]);
  }

  /** The whole instance, each living worker as it last told; `undefined` before the first has. */
  sum(): Snapshot | undefined {
    const all = [...this.#last.values(), ...(this.#retired === undefined ? [] : [this.#retired])];
    return all.length === 0 ? undefined : mergeSnapshots(all);
  }
}
