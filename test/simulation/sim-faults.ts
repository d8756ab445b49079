// What goes wrong in a run, and what others do to the same Redis, when.

import type { Random } from "./random.ts";
import type { Schedule } from "./schedule.ts";
import type { SimInstance } from "./sim-instance.ts";
import type { SimRedis } from "./sim-redis.ts";
import type { SimScripts } from "./sim-scripts.ts";

export interface SimFaultsOptions {
  readonly schedule: Schedule;
  readonly random: Random;
  readonly redis: SimRedis;
  readonly instances: readonly SimInstance[];
  readonly partitions: number;
  readonly scripts: SimScripts;
  readonly note: (line: () => string) => void;
}

type Fault = readonly [string, () => void];

/** A sequence of another fleet's, on another database or none of ours. */
const FOREIGN_EPOCH = "99999999-0000-4000-8000-000000000001";

export class SimFaults {
  /** How many there were. */
  count = 0;
  readonly #options: SimFaultsOptions;

  constructor(options: SimFaultsOptions) {
    this.#options = options;
  }

  /** Plans what fails until `untilMs`. */
  plan(untilMs: number): void {
    const { random, redis, schedule, note } = this.#options;
    if (random.chance(0.3)) redis.lossRate = random.pick([0.01, 0.1, 0.5]);
    const kinds = this.#kinds();
    const count = Math.floor(random.between(0, 10));
    for (let i = 0; i < count; i++) {
      const [name, work] = random.pick(kinds);
      schedule.at(random.between(100, untilMs - 500), () => {
        this.count += 1;
        note(() => `fault: ${name}`);
        work();
      });
    }
    for (let atMs = 200; atMs < untilMs; atMs += 400) schedule.at(atMs, () => redis.keepSnapshot());
  }

  #kinds(): readonly Fault[] {
    const { random, redis, instances } = this.#options;
    const restart = () =>
      redis.restart(random.between(5, 600), random.pick(["none", "suffix", "suffix", "all"]));
    const byHand = () =>
      this.#byHand(['{"keys":["a/1"]}', '{"prefix":"a"}', '{"all":true}', "{", '{"keys":1}']);
    return [
      ["cut", () => redis.breakOne(false)],
      ["cut", () => redis.breakOne(false)],
      ["half-open", () => redis.breakOne(true)],
      ["redis stopped", () => redis.stop(random.between(10, 1_500))],
      ["instance stopped", () => random.pick(instances).stop(random.between(10, 2_500))],
      ["flushall", () => redis.flushAll()],
      ["restart", restart],
      ["by hand", byHand],
      ["answer lost", () => random.pick(instances).loseAnswer()],
      ...(redis.hasReplica ? this.#promotions() : []),
    ];
  }

  #promotions(): readonly Fault[] {
    const { random, redis, schedule } = this.#options;
    const promote = () => redis.promote();
    const andBack = () => {
      promote();
      schedule.after(random.between(20, 300), promote);
    };
    return [
      ["promotion", promote],
      ["promotion", promote],
      ["promotion", promote],
      ["promotion and back", andBack],
      ["promotion and back", andBack],
    ];
  }

  #byHand(texts: readonly string[]): void {
    const { random, redis, partitions } = this.#options;
    redis.publish(Math.floor(random.next() * partitions), random.pick(texts));
  }

  /** Plans what is no fault: made-up numbers, another fleet on the channel, changes that Redis refuses. */
  planStrangers(untilMs: number): void {
    const { random, schedule } = this.#options;
    const count = random.chance(0.5) ? 0 : Math.floor(random.between(1, 8));
    for (let i = 0; i < count; i++) {
      schedule.at(random.between(300, untilMs - 500), () => this.#strange());
    }
  }

  #strange(): void {
    const { random, redis, partitions, note } = this.#options;
    const partition = Math.floor(random.next() * partitions);
    const memory = redis.primary.memory(partition);
    if (!memory.hasClock) return;
    const { epoch, n } = memory.tick();
    const kind = random.pick(["foreign", "beyond", "refused"]);
    note(() => `stranger: ${kind}`);
    if (kind === "refused") {
      this.#refuse(partition);
      return;
    }
    const foreign = { epoch: FOREIGN_EPOCH, seq: Math.floor(random.between(1, 100)) };
    const beyond = { epoch, seq: random.pick([n + 2, n + 1_000, Number.MAX_SAFE_INTEGER]) };
    const sent = kind === "foreign" ? foreign : beyond;
    redis.publish(partition, JSON.stringify({ keys: ["other"], ...sent }));
  }

  /** A change that Redis refuses after it was begun. */
  #refuse(partition: number): void {
    const { redis, scripts } = this.#options;
    if (scripts.publishesFirst) return;
    redis.primary.skipNumber(partition);
    redis.changed(redis.primary);
  }
}
