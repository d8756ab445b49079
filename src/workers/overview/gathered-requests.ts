// The last requests of all workers, asked for when somebody wants to see them. Cold.

import type { RequestPage, RequestRecord } from "../../observe/requests/request-record.ts";
import { RequestRing } from "../../observe/requests/request-ring.ts";
import { Rounds } from "./rounds.ts";

export class GatheredRequests<Worker extends { readonly index: number }> {
  readonly #ring = new RequestRing(Date.now);
  readonly #rounds: Rounds<Worker>;
  /** The number of the last request that each has told. */
  readonly #told = new WeakMap<Worker, number>();
  /** Told, and not yet in order with those of the others. */
  #arrived: RequestRecord[] = [];

  constructor(all: () => Iterable<Worker>, ask: (worker: Worker, number: number, after: number) => void) {
    this.#rounds = new Rounds(all, (worker, number) => ask(worker, number, this.#told.get(worker) ?? 0));
  }

  async since(after: number): Promise<RequestPage> {
    await this.#rounds.run();
    this.#ring.takeOver(this.#arrived.sort((a, b) => a.atMs - b.atMs));
    this.#arrived = [];
    return this.#ring.since(after);
  }

  /** Two questions under way at once may bring the same requests. */
  took(worker: Worker, number: number, { requests, last }: RequestPage): void {
    const told = this.#told.get(worker) ?? 0;
    const { index } = worker;
    for (const record of requests) if (record.n > told) this.#arrived.push({ ...record, worker: index });
    this.#told.set(worker, Math.max(told, last));
    this.#rounds.answered(worker, number);
  }

  ended(worker: Worker): void {
    this.#rounds.ended(worker);
  }
}
