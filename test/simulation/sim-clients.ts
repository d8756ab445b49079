// What clients do to the simulated instances, and what must hold of each answer.

import type { Draft, Operation, ReadResult, WriteResult } from "../../src/store/store.ts";
import type { Truth } from "../support/truth.ts";
import type { Random } from "./random.ts";
import type { Schedule } from "./schedule.ts";
import type { SimInstance } from "./sim-instance.ts";
import { valueOf, type SimJudge } from "./sim-judge.ts";
import type { SimOrigin } from "./sim-origin.ts";

/** Keys that clients write, with values that are never used twice. */
export const KEYS = ["a/1", "a/2", "b/1"];
/** Keys that are filled from the application behind the cache. */
export const FILLED = ["f/1", "f/2"];
/** A key that is only ever written by who has read it. */
export const COUNTED = "c/1";
export const TIMEOUT_MS = 200;
const OWNER = "client";

export interface SimClientsOptions {
  readonly schedule: Schedule;
  readonly random: Random;
  readonly instances: readonly SimInstance[];
  readonly truth: Truth;
  readonly origin: SimOrigin;
  readonly judge: SimJudge;
  readonly note: (line: () => string) => void;
  readonly violate: (sentence: string) => void;
}

export class SimClients {
  reads = 0;
  writes = 0;
  readonly #options: SimClientsOptions;
  readonly #judge: SimJudge;
  #values = 0;

  constructor(options: SimClientsOptions) {
    this.#options = options;
    this.#judge = options.judge;
  }

  /** Does one thing, at one instance. */
  operate(): void {
    const { random, instances } = this.#options;
    const index = Math.floor(random.next() * instances.length);
    const key = random.pick(KEYS);
    const dice = random.next();
    if (dice < 0.58) this.read(index, key, false);
    else if (dice < 0.63) this.#batch(index);
    else if (dice < 0.78) this.#set(index, key);
    else if (dice < 0.82) this.#remove(index, key);
    else if (dice < 0.84) this.#invalidate(index, key);
    else if (dice < 0.88) this.#count(index);
    else if (dice < 0.97) this.#fill(index, random.pick(FILLED));
    else this.#change(index);
  }

  /** Reads `key`; the last time, no age is allowed any more. */
  read(index: number, key: string, isLast: boolean): void {
    const { schedule, random, instances } = this.#options;
    const invokedMs = schedule.nowMs;
    const instance = instances[index]!;
    const last = !isLast && random.chance(0.15) ? this.#judge.last : undefined;
    const sinceMs = isLast ? invokedMs : Math.max(this.#judge.sinceMs(index, key), last?.atMs ?? 0);
    instance.run(() => {
      this.reads += 1;
      const result = instance.store.read(key, instance.clock.nowMs(), last?.version);
      const check = (read: ReadResult<never>) => {
        if (isLast && read.kind === "unavailable") {
          this.#options.violate(`${key} is still unavailable on ${index}`);
        }
        this.#judge.check(index, key, read, sinceMs);
      };
      if (result instanceof Promise) void result.then(check);
      else check(result);
    });
  }

  #draft(value: string, tags: readonly string[]): Draft {
    const { random } = this.#options;
    const ttlMs = random.chance(0.1) ? random.between(50, 1_500) : undefined;
    const body = new TextEncoder().encode(value);
    return { body, contentType: "t", cacheControl: undefined, ttlMs, tags };
  }

  #set(index: number, key: string): void {
    const { instances } = this.#options;
    const instance = instances[index]!;
    const value = `v${++this.#values}`;
    instance.run(() => {
      const judge = this.#judgeOf(index, key, value);
      void instance.store.write(key, this.#draft(value, [key[0]!])).then(judge);
    });
  }

  /** To be called with what came of a write of `value`. */
  #judgeOf(index: number, key: string, value: string): (result: WriteResult) => void {
    const { schedule, note } = this.#options;
    const deadlineMs = schedule.nowMs + TIMEOUT_MS;
    this.writes += 1;
    return (result) => {
      note(() => `set ${index} ${key} ${value}: ${result.kind}`);
      if (result.kind !== "written") this.#judge.expectNever(key, value, deadlineMs);
      else this.#judge.acknowledged(index, key, value, result.version);
    };
  }

  #remove(index: number, key: string): void {
    const { instances, schedule, note } = this.#options;
    const instance = instances[index]!;
    this.writes += 1;
    instance.run(() => {
      const invokedMs = schedule.nowMs;
      void (async () => {
        const result = await instance.store.remove(key);
        note(() => `remove ${index} ${key}: ${result.kind}`);
        if (result.kind === "removed") this.#judge.removed(index, key, invokedMs, result.version);
      })();
    });
  }

  #invalidate(index: number, key: string): void {
    const { instances, random, note, schedule } = this.#options;
    const instance = instances[index]!;
    const target = random.pick([
      { kind: "prefix", prefix: key.slice(0, 2) } as const,
      { kind: "tags", tags: [key[0]!] } as const,
      { kind: "all" } as const,
    ]);
    this.writes += 1;
    instance.run(() => {
      const invokedMs = schedule.nowMs;
      void (async () => {
        const result = await instance.store.invalidate(target, OWNER);
        note(() => `invalidate ${index} ${JSON.stringify(target)}: ${result.kind}`);
        if (result.kind !== "invalidated") return;
        for (const one of KEYS) {
          if (target.kind !== "all" && one[0] !== key[0]) continue;
          if (target.kind === "tags") this.#judge.untagged(one, invokedMs);
          else this.#judge.removed(index, one, invokedMs);
        }
      })();
    });
  }

  /** Some reads and a write in one batch. */
  #batch(index: number): void {
    const { instances, random } = this.#options;
    const instance = instances[index]!;
    const written = random.pick(KEYS);
    const value = `v${++this.#values}`;
    const since = KEYS.map((key) => this.#judge.sinceMs(index, key));
    instance.run(() => {
      const judge = this.#judgeOf(index, written, value);
      const operations: Operation[] = KEYS.map((key) => ({ kind: "get", key }));
      operations.push({ kind: "set", key: written, draft: this.#draft(value, [written[0]!]) });
      void (async () => {
        const results = await instance.store.batch(operations);
        for (const [i, key] of KEYS.entries()) {
          this.reads += 1;
          // The batch's own write may be seen by its reads, or not.
          this.#judge.check(index, key, results[i] as ReadResult<never>, since[i]!);
        }
        judge(results.at(-1) as WriteResult);
      })();
    });
  }

  /** Reads a key and writes it again on the condition that it is still what was read. */
  #count(index: number): void {
    const { instances, schedule, truth, violate } = this.#options;
    const instance = instances[index]!;
    const value = `c${++this.#values}`;
    instance.run(() => {
      void (async () => {
        const read = await instance.store.read(COUNTED, instance.clock.nowMs());
        if (read.kind === "unavailable") return;
        const base = valueOf(read);
        const condition =
          read.kind === "found"
            ? ({ kind: "version", version: read.version } as const)
            : ({ kind: "absent" } as const);
        const body = new TextEncoder().encode(value);
        const draft = { body, contentType: "t", cacheControl: undefined, ttlMs: undefined, tags: [] };
        const result = await instance.store.write(COUNTED, draft, condition);
        if (result.kind !== "written") return;
        const before = truth.before(COUNTED, value);
        if (before !== base) {
          violate(
            `${COUNTED} was ${before} when ${value} took the place of ${base} at ${schedule.nowMs.toFixed(2)}`,
          );
        }
      })();
    });
  }

  /** Reads a key and, where it is missing and this reader may fill it, does so from the application, which takes a while. */
  #fill(index: number, key: string): void {
    const { instances, random, schedule, origin, note } = this.#options;
    const instance = instances[index]!;
    const sinceMs = this.#judge.sinceMs(index, key);
    const takesMs = random.between(0, 60);
    instance.run(() => {
      this.reads += 1;
      void (async () => {
        const read = await instance.store.read(key, instance.clock.nowMs(), undefined, { waitMs: 0 });
        this.#judge.check(index, key, read, sinceMs);
        const token = read.kind === "miss" ? read.fill?.token : undefined;
        if (token === undefined) return;
        const value = origin.read(key);
        note(() => `fill ${index} ${key} ${value} begins`);
        schedule.after(takesMs, () =>
          instance.run(() => {
            const draft = { ...this.#draft(value, ["fill"]), ttlMs: undefined };
            const condition = { kind: "lease", token } as const;
            void (async () => {
              const result = await instance.store.write(key, draft, condition);
              note(() => `fill ${index} ${key} ${value}: ${result.kind}`);
              if (result.kind === "lease_lost") origin.refuse(value);
            })();
          }),
        );
      })();
    });
  }

  /** The application changes what it has, and tells the cache: by key, prefix, tag, or all. */
  #change(index: number): void {
    const { instances, random, origin, schedule, note } = this.#options;
    const instance = instances[index]!;
    const one = random.pick(FILLED);
    const [target, keys] = random.pick([
      [{ kind: "keys", keys: [one] }, [one]],
      [{ kind: "prefix", prefix: "f/" }, FILLED],
      [{ kind: "tags", tags: ["fill"] }, FILLED],
      [{ kind: "all" }, FILLED],
    ] as const);
    this.writes += 1;
    const acknowledge = origin.change(keys, schedule.nowMs);
    instance.run(() => {
      void (async () => {
        const result = await instance.store.invalidate(target, OWNER);
        note(() => `change ${index} ${JSON.stringify(target)}: ${result.kind}`);
        if (result.kind === "invalidated") acknowledge(schedule.nowMs);
      })();
    });
  }
}
