// Counts requests and times them. The fast lane's part is two additions and one bucket. Hot.

import type { Clock } from "../base/clock.ts";
import { Histogram, type HistogramState } from "./histogram.ts";

/** Traffic as plain data. */
export interface TrafficState {
  readonly fast: HistogramState;
  readonly cold: HistogramState;
  readonly l1Hits: number;
  readonly hitsL2: number;
  readonly misses: number;
  readonly rateLimited: number;
  /** Requests answered, by `METHOD STATUS`. */
  readonly requests: readonly (readonly [string, number])[];
}

export class Traffic {
  readonly fast = new Histogram();
  readonly cold = new Histogram();
  hitsL1 = 0;
  hitsL2 = 0;
  misses = 0;
  rateLimited = 0;
  #fastOk = 0;
  #fastNotModified = 0;
  /** Requests of the cold lane by `METHOD STATUS`. */
  readonly #coldRequests = new Map<string, number>();
  readonly #nowNs: () => number;

  constructor(clock: Pick<Clock, "nowNs">) {
    this.#nowNs = clock.nowNs;
  }

  fastOk(startNs: number): void {
    this.#fastOk++;
    this.fast.record(this.#nowNs() - startNs);
  }

  fastNotModified(startNs: number): void {
    this.#fastNotModified++;
    this.fast.record(this.#nowNs() - startNs);
  }

  coldDone(method: string, status: number, startNs: number): void {
    const key = `${KNOWN_METHODS.has(method) ? method : "OTHER"} ${status}`;
    this.#coldRequests.set(key, (this.#coldRequests.get(key) ?? 0) + 1);
    this.cold.record(this.#nowNs() - startNs);
  }

  /** What can be sent to another process and added up there. */
  get state(): TrafficState {
    return {
      fast: this.fast.state,
      cold: this.cold.state,
      l1Hits: this.l1Hits,
      hitsL2: this.hitsL2,
      misses: this.misses,
      rateLimited: this.rateLimited,
      requests: [...this.requests()],
    };
  }

  add(other: TrafficState): void {
    this.fast.add(other.fast);
    this.cold.add(other.cold);
    this.hitsL1 += other.l1Hits;
    this.hitsL2 += other.hitsL2;
    this.misses += other.misses;
    this.rateLimited += other.rateLimited;
    for (const [key, count] of other.requests) {
      this.#coldRequests.set(key, (this.#coldRequests.get(key) ?? 0) + count);
    }
  }

  /** Hits in L1, whichever lane answered them. */
  get l1Hits(): number {
    return this.hitsL1 + this.#fastOk + this.#fastNotModified;
  }

  /** Requests answered, by `METHOD STATUS`. */
  requests(): ReadonlyMap<string, number> {
    const all = new Map(this.#coldRequests);
    const add = (key: string, count: number) => {
      if (count > 0) all.set(key, (all.get(key) ?? 0) + count);
    };
    add("GET 200", this.#fastOk);
    add("GET 304", this.#fastNotModified);
    return all;
  }
}

/** Methods that get a label of their own: clients cannot grow the set. */
const KNOWN_METHODS: ReadonlySet<string> = new Set([
  "GET",
  "HEAD",
  "PUT",
  "POST",
  "DELETE",
  "OPTIONS",
  "PATCH",
]);
