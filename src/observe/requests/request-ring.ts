// The last requests of a process in bounded memory, those that were refused apart: no flood of hits drives them out. Cold.

import { REQUESTS_OTHER_MAX, REQUESTS_REFUSED_MAX } from "../../base/limits/operators.ts";
import type { RequestPage, RequestRecord, ToldRequest } from "./request-record.ts";

const NOT_FOUND = "key_not_found";

export class RequestRing {
  #last = 0;
  readonly #refused = new Ring(REQUESTS_REFUSED_MAX);
  readonly #others = new Ring(REQUESTS_OTHER_MAX);
  readonly #wallMs: () => number;

  constructor(wallMs: () => number) {
    this.#wallMs = wallMs;
  }

  add(told: ToldRequest): void {
    this.#push({ n: ++this.#last, atMs: this.#wallMs(), ...told });
  }

  /** Takes over what others have remembered, under numbers of this ring. */
  takeOver(records: readonly RequestRecord[]): void {
    for (const record of records) this.#push({ ...record, n: ++this.#last });
  }

  /** What came after request `after`; all there is for one that is none of this ring's. */
  since(after: number): RequestPage {
    const from = after > this.#last ? 0 : after;
    const requests = [...this.#refused.since(from), ...this.#others.since(from)];
    requests.sort((a, b) => a.n - b.n);
    return { requests, last: this.#last, missed: this.#last - from - requests.length };
  }

  #push(record: RequestRecord): void {
    const isRefused = record.code !== null && record.code !== NOT_FOUND;
    (isRefused ? this.#refused : this.#others).push(record);
  }
}

class Ring {
  readonly #max: number;
  readonly #records: RequestRecord[] = [];
  /** Where the next is put, once there are as many as may be. */
  #at = 0;

  constructor(max: number) {
    this.#max = max;
  }

  push(record: RequestRecord): void {
    this.#records[this.#at] = record;
    this.#at = (this.#at + 1) % this.#max;
  }

  since(n: number): RequestRecord[] {
    return this.#records.filter((record) => record.n > n);
  }
}
