// What one process counts of its traffic: HTTP's fast and cold lane, the other lanes, and the counters of figures.ts. Hot.
//
// The fast lane's part is two additions and one bucket: each of its answers is a hit in L1.

import { createCounts } from "./counts.ts";
import { Histogram } from "./histogram.ts";
import type { LaneTraffic } from "./lane-traffic.ts";
import { Refusals } from "./refusals.ts";
import { KeyRequests, NO_KEY } from "./requests/key-requests.ts";
import { RequestRing } from "./requests/request-ring.ts";
import { Sampling } from "./requests/sampling.ts";

/** An API key, as far as it is told of. */
interface Named {
  readonly name: string;
}

export class Traffic {
  /** The counters that have no place of their own. */
  readonly counts = createCounts();
  /** Durations of HTTP's two lanes. */
  readonly fast = new Histogram();
  readonly cold = new Histogram();
  /** Reads of HTTP's cold lane, batches too: answered by L1, by L2, and found nowhere. */
  coldL1Hits = 0;
  coldL2Hits = 0;
  coldMisses = 0;
  readonly refusals = new Refusals();
  /** Requests of HTTP's two lanes, by API key. */
  readonly keyRequests = new KeyRequests();
  /** The lanes beside HTTP that listen. */
  readonly lanes: LaneTraffic[] = [];
  /** The last requests of all lanes. */
  readonly lastRequests: RequestRing;
  #fastOk = 0;
  #fastNotModified = 0;
  /** Requests of the cold lane by `METHOD STATUS`. */
  readonly #coldRequests = new Map<string, number>();
  readonly #nowNs: () => number;
  /** At so many of each kind the next is remembered. */
  #okRememberedAt = 1;
  #notModifiedRememberedAt = 1;
  #untilColdRemembered = 1;
  readonly #coldSampling = new Sampling();
  readonly #okSampling = new Sampling();
  readonly #notModifiedSampling = new Sampling();

  /** `nowNs` is monotonic, `wallMs` in ms since 1970. */
  constructor(clock: { readonly nowNs: () => number }, wallMs: () => number = Date.now) {
    this.#nowNs = clock.nowNs;
    this.lastRequests = new RequestRing(wallMs);
  }

  fastOk(startNs: number, key: string, apiKey: Named): void {
    this.#fastOk++;
    this.keyRequests.count(apiKey.name, 1);
    const ns = this.#nowNs() - startNs;
    this.fast.record(ns);
    if (this.#fastOk < this.#okRememberedAt) return;
    this.#rememberFast(200, key, apiKey.name, ns, this.#okSampling);
    this.#okRememberedAt = this.#fastOk + this.#okSampling.oneIn;
  }

  fastNotModified(startNs: number, key: string, apiKey: Named): void {
    this.#fastNotModified++;
    this.keyRequests.count(apiKey.name, 1);
    const ns = this.#nowNs() - startNs;
    this.fast.record(ns);
    if (this.#fastNotModified < this.#notModifiedRememberedAt) return;
    this.#rememberFast(304, key, apiKey.name, ns, this.#notModifiedSampling);
    this.#notModifiedRememberedAt = this.#fastNotModified + this.#notModifiedSampling.oneIn;
  }

  coldDone(method: string, status: number, startNs: number, keyName = NO_KEY): void {
    this.keyRequests.count(keyName, 1);
    const key = `${KNOWN_METHODS.has(method) ? method : "OTHER"} ${status}`;
    this.#coldRequests.set(key, (this.#coldRequests.get(key) ?? 0) + 1);
    this.cold.record(this.#nowNs() - startNs);
  }

  #rememberFast(status: number, key: string, keyName: string, ns: number, sampling: Sampling): void {
    const { oneIn } = sampling;
    sampling.took(this.#nowNs() / 1e6);
    this.lastRequests.add({
      lane: "fast",
      method: "GET",
      key,
      path: null,
      status,
      code: null,
      us: Math.round(ns / 1_000),
      apiKey: keyName,
      requestId: null,
      oneIn,
    });
  }

  /**
   * Whether the request of the cold lane that was just answered is one of those to be remembered: how many it stands
   * for, and 0 if it is none.
   */
  coldOneIn(): number {
    this.#untilColdRemembered -= 1;
    if (this.#untilColdRemembered > 0) return 0;
    const { oneIn } = this.#coldSampling;
    this.#coldSampling.took(this.#nowNs() / 1e6);
    this.#untilColdRemembered = this.#coldSampling.oneIn;
    return oneIn;
  }

  /** A lane refused a request with the error `code`; `keyName` is that of its API key, if it has shown one. */
  refused(code: string, keyName: string | undefined): void {
    this.refusals.count(code, keyName);
  }

  /** Reads answered by the fast lane, all of them from L1. */
  get fastHits(): number {
    return this.#fastOk + this.#fastNotModified;
  }

  /** Reads of all lanes together, by what answered them. */
  reads(): { l1Hits: number; l2Hits: number; misses: number } {
    const sum = { l1Hits: this.fastHits + this.coldL1Hits, l2Hits: this.coldL2Hits, misses: this.coldMisses };
    for (const { l1Hits, l2Hits, misses } of this.lanes) {
      sum.l1Hits += l1Hits;
      sum.l2Hits += l2Hits;
      sum.misses += misses;
    }
    return sum;
  }

  /** HTTP requests answered, by `METHOD STATUS`. */
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
