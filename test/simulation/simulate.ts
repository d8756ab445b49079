// One run of the simulation: a seed decides load, faults and delays; the answers are held against the truth.

import { PROTOCOL_RULES, type ProtocolRules } from "../../src/coherence/protocol-rules.ts";
import { RecordView } from "../../src/record/record.ts";
import type { ReadResult } from "../../src/store/store.ts";
import type { Version } from "../../src/record/version.ts";
import { Truth } from "../support/truth.ts";
import { Random } from "./random.ts";
import { Schedule } from "./schedule.ts";
import { SimInstance, type SimInstanceOptions } from "./sim-instance.ts";
import { SimRedis } from "./sim-redis.ts";

export interface Outcome {
  readonly reads: number;
  readonly writes: number;
  readonly faults: number;
  /** The first violations, each a sentence; empty when all is well. */
  readonly violations: readonly string[];
  readonly history: string;
}

export interface Scenario {
  readonly rules?: ProtocolRules;
  /** Whether anything fails at all. */
  readonly faults?: boolean;
  /** Whether a history is kept. */
  readonly history?: boolean;
  readonly onLateRead?: SimInstanceOptions["onLateRead"];
}

const INSTANCES = 3;
const KEYS = ["a/1", "a/2", "b/1"];
const BOUND_MS = 1_000;
const TIMEOUT_MS = 200;
/** A version that no L1 can satisfy: its reader has to ask L2. */
const UNKNOWN: Version = { epoch: "unknown", n: 1 };
const LOAD_MS = 3_000;
const HEAL_MS = 2_500;
/** Before the end of healing: what pings find out in earnest, that a silent connection is dead, a read finds out here. */
const PROBE_MS = 1_500;
/** Rounding of times that were added up in different orders. */
const SLACK_MS = 0.001;

export function simulate(seed: number, scenario: Scenario = {}): Outcome {
  return new Run(seed, scenario).run();
}

class Run {
  readonly #schedule = new Schedule();
  readonly #random: Random;
  readonly #truth = new Truth();
  readonly #redis: SimRedis;
  readonly #instances: readonly SimInstance[];
  readonly #violations: string[] = [];
  readonly #log: string[] = [];
  /** By instance and key: the moment that its readers have seen the truth of. */
  readonly #seen: Map<string, number>[] = [];
  readonly #scenario: Scenario;
  #reads = 0;
  #writes = 0;
  #faults = 0;
  #values = 0;
  #last: { version: Version; atMs: number } | undefined;

  constructor(seed: number, scenario: Scenario) {
    this.#scenario = scenario;
    this.#random = new Random(seed);
    this.#redis = new SimRedis(this.#schedule, this.#random, () => this.#observe());
    const shared = {
      schedule: this.#schedule,
      random: this.#random,
      redis: this.#redis,
      staleMaxMs: BOUND_MS,
      l2TimeoutMs: TIMEOUT_MS,
      rules: scenario.rules ?? PROTOCOL_RULES,
      ...(scenario.onLateRead === undefined ? {} : { onLateRead: scenario.onLateRead }),
    };
    // Two instances with one name are no worse than three with three.
    const twins = this.#random.chance(0.2);
    this.#instances = Array.from({ length: INSTANCES }, (_, i) => {
      this.#seen.push(new Map());
      return new SimInstance({ ...shared, origin: `i${twins ? i >> 1 : i}` });
    });
  }

  run(): Outcome {
    const random = this.#random;
    const everyMs = random.pick([5, 12, 30]);
    for (let atMs = 50; atMs < LOAD_MS; atMs += random.between(0, 2 * everyMs)) {
      this.#schedule.at(atMs, () => this.#operate());
    }
    if (this.#scenario.faults !== false) this.#planFaults();
    this.#schedule.run(LOAD_MS);
    this.#redis.lossRate = 0;
    this.#redis.isCalm = true;
    this.#schedule.run(LOAD_MS + HEAL_MS - PROBE_MS);
    for (const { store, clock } of this.#instances) void store.read(KEYS[0]!, clock.nowMs(), UNKNOWN);
    this.#schedule.run(LOAD_MS + HEAL_MS);
    for (const instance of this.#instances) for (const key of KEYS) this.#read(instance, key, true);
    this.#schedule.run(LOAD_MS + HEAL_MS + 2_000);
    for (const { store } of this.#instances) void store.close();
    this.#schedule.run(LOAD_MS + HEAL_MS + 5_000);
    return {
      reads: this.#reads,
      writes: this.#writes,
      faults: this.#faults,
      violations: this.#violations,
      history: this.#scenario.history === true ? `${this.#log.join("\n")}\n${this.#truth.toString()}` : "",
    };
  }

  #planFaults(): void {
    const random = this.#random;
    const redis = this.#redis;
    if (random.chance(0.3)) redis.lossRate = random.pick([0.01, 0.1, 0.5]);
    const kinds = [
      () => redis.breakOne(false),
      () => redis.breakOne(false),
      () => redis.breakOne(true),
      () => redis.stop(random.between(10, 1_500)),
      () => random.pick(this.#instances).stop(random.between(10, 2_500)),
      () => redis.flushAll(),
      () => redis.restart(random.between(5, 600), random.pick(["none", "suffix", "suffix", "all"])),
      () =>
        redis.publish(random.pick(['{"keys":["a/1"]}', '{"prefix":"a"}', '{"all":true}', "{", '{"keys":1}'])),
    ];
    const count = Math.floor(random.between(0, 10));
    for (let i = 0; i < count; i++) {
      const index = Math.floor(random.next() * kinds.length);
      this.#schedule.at(random.between(100, LOAD_MS - 500), () => {
        this.#faults += 1;
        this.#note(() => `fault ${index}`);
        kinds[index]!();
      });
    }
    for (let atMs = 200; atMs < LOAD_MS; atMs += 400) this.#schedule.at(atMs, () => redis.snapshot());
  }

  #operate(): void {
    const random = this.#random;
    const index = Math.floor(random.next() * INSTANCES);
    const instance = this.#instances[index]!;
    const key = random.pick(KEYS);
    const dice = random.next();
    if (dice < 0.72) this.#read(instance, key, false);
    else if (dice < 0.92) this.#change(index, key, "set");
    else if (dice < 0.97) this.#change(index, key, "remove");
    else this.#change(index, key, "prefix");
  }

  #read(instance: SimInstance, key: string, isLast: boolean): void {
    const index = this.#instances.indexOf(instance);
    const invokedMs = this.#schedule.nowMs;
    const last = !isLast && this.#random.chance(0.15) ? this.#last : undefined;
    const seenMs = this.#seen[index]!.get(key) ?? Number.NEGATIVE_INFINITY;
    instance.run(() => {
      this.#reads += 1;
      const result = instance.store.read(key, instance.clock.nowMs(), last?.version);
      const check = (read: ReadResult<never>) => {
        const since = Math.max(invokedMs - BOUND_MS, seenMs, last?.atMs ?? 0);
        this.#check(index, key, read, isLast ? invokedMs : since, invokedMs);
      };
      if (result instanceof Promise) void result.then(check);
      else check(result);
    });
  }

  #check(index: number, key: string, read: ReadResult<never>, sinceMs: number, invokedMs: number): void {
    const nowMs = this.#schedule.nowMs;
    if (read.kind === "unavailable") {
      if (invokedMs >= LOAD_MS + HEAL_MS) this.#violate(`${key} is still unavailable on ${index}`);
      return;
    }
    const value =
      read.kind === "found" ? new TextDecoder().decode(new RecordView(read.entry.record).body) : undefined;
    const tier = read.kind === "found" ? read.tier : "l2";
    this.#note(() => `read ${index} ${key} = ${value ?? "-"} (${tier}), invoked ${invokedMs.toFixed(2)}`);
    if (this.#truth.latest(key, value, sinceMs - SLACK_MS, nowMs) === undefined) {
      this.#violate(
        `${key} read as ${value ?? "absent"} (${tier}) on ${index} at ${nowMs.toFixed(2)} is older than ${sinceMs.toFixed(2)}`,
      );
    }
    const beganMs = this.#truth.began(key, value, sinceMs - SLACK_MS, nowMs);
    const seen = this.#seen[index]!;
    seen.set(key, Math.max(seen.get(key) ?? Number.NEGATIVE_INFINITY, beganMs));
  }

  #change(index: number, key: string, kind: "set" | "remove" | "prefix"): void {
    const instance = this.#instances[index]!;
    const value = `v${++this.#values}`;
    const random = this.#random;
    const ttlMs = random.chance(0.1) ? random.between(50, 1_500) : undefined;
    const body = new TextEncoder().encode(value);
    instance.run(() => {
      const deadlineMs = this.#schedule.nowMs + TIMEOUT_MS;
      this.#writes += 1;
      const { store } = instance;
      const draft = { body, contentType: "t", cacheControl: undefined, ttlMs, tags: [] };
      const working =
        kind === "set"
          ? store.write(key, draft)
          : kind === "remove"
            ? store.remove(key)
            : store.invalidate({ kind: "prefix", prefix: key.slice(0, 2) }, "sim");
      const judge = (result: Awaited<typeof working>) => {
        this.#note(() => `${kind} ${index} ${key} ${value}: ${result.kind}`);
        if (result.kind === "unavailable" || result.kind === "failed_condition") {
          this.#expectNever(kind, key, value, deadlineMs);
          return;
        }
        // What was acknowledged was so at the latest now, and its writer's instance may not forget it.
        const atMs = this.#executedMs(kind, key, value);
        if (atMs === undefined) return;
        const seen = this.#seen[index]!;
        for (const changed of kind === "prefix"
          ? KEYS.filter((other) => other.startsWith(key.slice(0, 2)))
          : [key]) {
          seen.set(changed, Math.max(seen.get(changed) ?? Number.NEGATIVE_INFINITY, atMs));
        }
        if ("version" in result) this.#last = { version: result.version, atMs };
      };
      void working.then(judge);
    });
  }

  /** When an acknowledged change was made. */
  #executedMs(kind: string, key: string, value: string): number | undefined {
    if (kind !== "set") return undefined;
    const beganMs = this.#truth.began(key, value, Number.NEGATIVE_INFINITY, this.#schedule.nowMs);
    if (beganMs !== Number.NEGATIVE_INFINITY) return beganMs;
    this.#violate(`${value} was acknowledged and never there`);
    return undefined;
  }

  /** A write that failed may have been made nevertheless, but not later than its bound allows. */
  #expectNever(kind: string, key: string, value: string, deadlineMs: number): void {
    if (kind !== "set") return;
    this.#schedule.after(3_000, () => {
      const beganMs = this.#truth.began(key, value, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY);
      if (beganMs > deadlineMs + SLACK_MS) {
        this.#violate(`${value} failed by ${deadlineMs} and was made at ${beganMs}`);
      }
    });
  }

  /** Redis has changed, or may have: writes down what is so from now on, and again when it expires. */
  #observe(): void {
    const { nowMs } = this.#schedule;
    for (const key of KEYS) {
      const record = this.#redis.memory.peek(key);
      const value = record === undefined ? undefined : new TextDecoder().decode(new RecordView(record).body);
      this.#truth.change(key, value, nowMs);
      const leftMs = this.#redis.memory.remainingMs(key);
      if (Number.isFinite(leftMs)) this.#schedule.after(leftMs + 0.0001, () => this.#observe());
    }
  }

  #note(line: () => string): void {
    if (this.#scenario.history === true) this.#log.push(`${this.#schedule.nowMs.toFixed(2)} ${line()}`);
  }

  #violate(sentence: string): void {
    if (this.#violations.length < 5) this.#violations.push(sentence);
    this.#note(() => `VIOLATION ${sentence}`);
  }
}
