// Clients that replace two keys as one step, if both still are what they have read, and what must hold of that.

import type { ReadResult } from "../../src/store/store.ts";
import type { Version } from "../../src/record/version.ts";
import { COUNTED, KEYS, TIMEOUT_MS, type SimClientsOptions } from "./sim-clients.ts";
import { valueOf } from "./sim-judge.ts";

/** By key, COUNTED among them, what a step has read. */
type Reads = ReadonlyMap<string, ReadResult<never>>;

/** So long after a step has begun, its change is made or never will be: two reads and a write have their bounds. */
const STEP_MS_MAX = 3 * TIMEOUT_MS;

export class SimSteps {
  readonly #options: SimClientsOptions;
  #values = 0;

  constructor(options: SimClientsOptions) {
    this.#options = options;
  }

  /** Plans steps from `fromMs` until `untilMs`. */
  plan(fromMs: number, untilMs: number): void {
    const { random, schedule, instances } = this.#options;
    for (let atMs = fromMs; atMs < untilMs; atMs += random.between(0, 300)) {
      schedule.at(atMs, () => {
        const index = Math.floor(random.next() * instances.length);
        const key = random.pick(KEYS);
        instances[index]!.run(() => void this.#take(index, key));
      });
    }
  }

  /** Reads `key` and COUNTED at one instance, and puts the same new value for both. */
  async #take(index: number, key: string): Promise<void> {
    const { instances, schedule, judge, note } = this.#options;
    const { store, clock } = instances[index]!;
    const value = `s${++this.#values}`;
    const body = new TextEncoder().encode(value);
    const draft = { body, contentType: "t", cacheControl: undefined, ttlMs: undefined, tags: [] };
    const deadlineMs = schedule.nowMs + STEP_MS_MAX;
    const keys = [COUNTED, key];
    const reads = new Map<string, ReadResult<never>>();
    for (const one of keys) reads.set(one, await store.read(one, clock.nowMs()));
    const read = new Map<string, Version | undefined>();
    for (const [one, found] of reads) {
      if (found.kind === "unavailable") return;
      read.set(one, found.kind === "found" ? found.version : undefined);
    }
    const result = await store.commit({ read, written: new Map(keys.map((one) => [one, draft])) });
    note(() => `step ${index} ${keys.join(" ")} ${value}: ${result.kind}`);
    for (const one of keys) {
      if (result.kind === "done") judge.acknowledged(index, one, value, result.version);
      else judge.expectNever(one, value, deadlineMs);
    }
    if (result.kind === "done") this.#check(reads, value);
  }

  /** Each key had, until `value` took its place, what was read of it; and that was one moment for all. */
  #check(reads: Reads, value: string): void {
    const { truth, violate } = this.#options;
    const moments = new Set<number>();
    for (const [key, read] of reads) {
      const before = truth.before(key, value);
      const base = valueOf(read);
      if (before !== base) violate(`${key} was ${before} when a step's ${value} took the place of ${base}`);
      moments.add(truth.began(key, value, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY));
    }
    if (moments.size > 1) violate(`a step of ${[...reads.keys()].join(" and ")} was done in two`);
  }
}
