// One run of the simulation: a seed decides load, faults and delays; the answers are held against the truth.

import { partitionOf } from "../../src/coherence/partition-of.ts";
import { PROTOCOL_RULES, type ProtocolRules } from "../../src/coherence/protocol-rules.ts";
import { RecordView } from "../../src/record/record.ts";
import type { Version } from "../../src/record/version.ts";
import { Truth } from "../support/truth.ts";
import { Random } from "./random.ts";
import { Schedule } from "./schedule.ts";
import { COUNTED, FILLED, KEYS, SimClients, TIMEOUT_MS, type SimClientsOptions } from "./sim-clients.ts";
import { SimInstance, type SimInstanceOptions } from "./sim-instance.ts";
import { SimCopies } from "./sim-copies.ts";
import type { SimCopyKeeper } from "./sim-copy-keeper.ts";
import { BOUND_MS } from "./sim-judge.ts";
import { SimOrigin } from "./sim-origin.ts";
import { losePartition } from "./sim-partition-loss.ts";
import { SimRedis } from "./sim-redis.ts";
import { ALL_SCRIPTS, type SimScripts } from "./sim-scripts.ts";

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
  readonly scripts?: SimScripts;
  /** Whether anything fails at all; strangers and made-up messages are no faults. */
  readonly faults?: boolean;
  /** Changes an instance before it runs. */
  readonly onInstance?: (instance: SimInstance) => void;
  /** Changes a client that keeps copies before it asks for any. */
  readonly onKeeper?: (keeper: SimCopyKeeper) => void;
  /** Whether a history is kept. */
  readonly history?: boolean;
  readonly onLateRead?: SimInstanceOptions["onLateRead"];
}

const INSTANCES = 3;
const ALL_KEYS = [...KEYS, ...FILLED, COUNTED];
/** A version that no L1 can satisfy: its reader has to ask L2. */
const UNKNOWN: Version = { epoch: "unknown", n: 1 };
const LOAD_MS = 2_500;
/** By then every instance is connected, if nothing fails. */
const SETTLED_MS = 300;
const HEAL_MS = 2_500;
/** Before the end of healing: what pings find out in earnest, that a silent connection is dead, a read finds out here. */
const PROBE_MS = 1_500;
/** The last reads are over by then. */
const READ_MS = 300;
/** The share of runs in which nothing fails. */
const QUIET_RUNS = 0.15;

export function simulate(seed: number, scenario: Scenario = {}): Outcome {
  return new Run(seed, scenario).run();
}

class Run {
  readonly #schedule = new Schedule();
  readonly #random: Random;
  readonly #truth = new Truth();
  readonly #origin = new SimOrigin();
  readonly #redis: SimRedis;
  readonly #instances: readonly SimInstance[];
  readonly #clients: SimClients;
  readonly #copies: SimCopies;
  readonly #parts: SimClientsOptions;
  readonly #violations: string[] = [];
  readonly #log: string[] = [];
  readonly #scenario: Scenario;
  readonly #partitions: number;
  readonly #hasFaults: boolean;
  #faults = 0;

  constructor(seed: number, scenario: Scenario) {
    this.#scenario = scenario;
    const random = new Random(seed);
    const schedule = this.#schedule;
    this.#random = random;
    this.#partitions = random.chance(0.25) ? 2 : 1;
    this.#hasFaults = scenario.faults ?? !random.chance(QUIET_RUNS);
    const partitions = this.#partitions;
    this.#redis = new SimRedis({
      schedule,
      random,
      partitions,
      onMutation: () => this.#observe(),
      onLoss: () => this.#origin.forget(),
    });
    // Less than a timeout there and back.
    if (!this.#hasFaults) this.#redis.delayMsMax = 60;
    const shared = {
      schedule,
      random,
      partitions,
      redis: this.#redis,
      staleMaxMs: BOUND_MS,
      l2TimeoutMs: TIMEOUT_MS,
      rules: scenario.rules ?? PROTOCOL_RULES,
      scripts: scenario.scripts ?? ALL_SCRIPTS,
      ...(scenario.onLateRead === undefined ? {} : { onLateRead: scenario.onLateRead }),
    };
    // Two instances with one name are no worse than three with three.
    const twins = random.chance(0.2);
    this.#instances = Array.from(
      { length: INSTANCES },
      (_, i) => new SimInstance({ ...shared, origin: `i${twins ? i >> 1 : i}` }),
    );
    for (const instance of this.#instances) scenario.onInstance?.(instance);
    this.#parts = {
      schedule,
      random,
      instances: this.#instances,
      truth: this.#truth,
      origin: this.#origin,
      note: (line) => this.#note(line),
      violate: (sentence) => this.#violate(sentence),
    };
    this.#clients = new SimClients(this.#parts);
    this.#copies = new SimCopies(this.#parts);
    for (const keeper of this.#copies.keepers) scenario.onKeeper?.(keeper);
  }

  run(): Outcome {
    const random = this.#random;
    const schedule = this.#schedule;
    const everyMs = random.pick([8, 20, 50]);
    for (let atMs = 50; atMs < LOAD_MS; atMs += random.between(0, 2 * everyMs)) {
      schedule.at(atMs, () => this.#clients.operate());
    }
    if (this.#hasFaults) this.#planFaults();
    this.#planStrangers();
    this.#copies.plan(SETTLED_MS, LOAD_MS, LOAD_MS + HEAL_MS, !this.#hasFaults);
    schedule.run(SETTLED_MS);
    const flushes = this.#flushes();
    schedule.run(LOAD_MS);
    this.#redis.lossRate = 0;
    this.#redis.delayMsMax = 0;
    for (const instance of this.#instances) instance.loseNothing();
    schedule.run(LOAD_MS + HEAL_MS - PROBE_MS);
    for (const { store, clock } of this.#instances) {
      for (const key of ALL_KEYS) void store.read(key, clock.nowMs(), UNKNOWN);
    }
    schedule.run(LOAD_MS + HEAL_MS);
    for (const index of this.#instances.keys())
      for (const key of ALL_KEYS) this.#clients.read(index, key, true);
    this.#copies.judgeLast();
    // Where nothing fails, nothing is forgotten, whatever strangers do.
    if (!this.#hasFaults && this.#flushes() > flushes) this.#violate("all was forgotten without a reason");
    if (this.#partitions > 1) this.#losePartition();
    schedule.run(LOAD_MS + HEAL_MS + 2_000);
    for (const { store } of this.#instances) void store.close();
    schedule.run(LOAD_MS + HEAL_MS + 5_000);
    return {
      reads: this.#clients.reads,
      writes: this.#clients.writes,
      faults: this.#faults,
      violations: this.#violations,
      history: this.#scenario.history === true ? `${this.#log.join("\n")}\n${this.#truth.toString()}` : "",
    };
  }

  /** When the last reads are over, the healed instances lose something in one partition. */
  #losePartition(): void {
    const partitions = this.#partitions;
    const options = { ...this.#parts, redis: this.#redis, partitions, keys: ALL_KEYS };
    this.#schedule.after(READ_MS, () => losePartition(options));
  }

  #planFaults(): void {
    const random = this.#random;
    const redis = this.#redis;
    if (random.chance(0.3)) redis.lossRate = random.pick([0.01, 0.1, 0.5]);
    const kinds: readonly (readonly [string, () => void])[] = [
      ["cut", () => redis.breakOne(false)],
      ["cut", () => redis.breakOne(false)],
      ["half-open", () => redis.breakOne(true)],
      ["redis stopped", () => redis.stop(random.between(10, 1_500))],
      ["instance stopped", () => random.pick(this.#instances).stop(random.between(10, 2_500))],
      ["flushall", () => redis.flushAll()],
      [
        "restart",
        () => redis.restart(random.between(5, 600), random.pick(["none", "suffix", "suffix", "all"])),
      ],
      [
        "by hand",
        () => this.#byHand(['{"keys":["a/1"]}', '{"prefix":"a"}', '{"all":true}', "{", '{"keys":1}']),
      ],
      ["answer lost", () => random.pick(this.#instances).loseAnswer()],
      ...(redis.hasReplica ? this.#promotions() : []),
    ];
    const count = Math.floor(random.between(0, 10));
    for (let i = 0; i < count; i++) {
      const kind = random.pick(kinds);
      this.#schedule.at(random.between(100, LOAD_MS - 500), () => {
        this.#faults += 1;
        this.#note(() => `fault: ${kind[0]}`);
        kind[1]();
      });
    }
    for (let atMs = 200; atMs < LOAD_MS; atMs += 400) this.#schedule.at(atMs, () => redis.keepSnapshot());
  }

  #promotions(): (readonly [string, () => void])[] {
    const promote = () => this.#redis.promote();
    const andBack = () => {
      promote();
      this.#schedule.after(this.#random.between(20, 300), promote);
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
    this.#redis.publish(Math.floor(this.#random.next() * this.#partitions), this.#random.pick(texts));
  }

  /** What others do on the same Redis: made-up numbers, another fleet on the channel, changes that Redis refuses. */
  #planStrangers(): void {
    const random = this.#random;
    const count = random.chance(0.5) ? 0 : Math.floor(random.between(1, 8));
    for (let i = 0; i < count; i++) {
      this.#schedule.at(random.between(300, LOAD_MS - 500), () => {
        const partition = Math.floor(random.next() * this.#partitions);
        const memory = this.#redis.primary.memory(partition);
        if (!memory.hasClock) return;
        const { epoch, n } = memory.tick();
        const kind = random.pick(["foreign", "beyond", "refused"]);
        this.#note(() => `stranger: ${kind}`);
        if (kind === "refused") this.#refuse(partition);
        else {
          const foreign = {
            epoch: "99999999-0000-4000-8000-000000000001",
            seq: Math.floor(random.between(1, 100)),
          };
          const beyond = { epoch, seq: random.pick([n + 2, n + 1_000, Number.MAX_SAFE_INTEGER]) };
          const sent = kind === "foreign" ? foreign : beyond;
          this.#redis.publish(partition, JSON.stringify({ keys: ["other"], ...sent }));
        }
      });
    }
  }

  /** A change that Redis refuses after it was begun. */
  #refuse(partition: number): void {
    const scripts = this.#scenario.scripts ?? ALL_SCRIPTS;
    if (scripts.publishesFirst) return;
    this.#redis.primary.skipNumber(partition);
    this.#redis.changed(this.#redis.primary);
  }

  /** How often an instance has forgotten all that it had of a partition. */
  #flushes(): number {
    let sum = 0;
    for (const { store } of this.#instances)
      for (const { partition } of store.shards) sum += partition.flushes;
    return sum;
  }

  /** Redis has changed, or may have: writes down what is so from now on, and again when it expires. */
  #observe(): void {
    const { nowMs } = this.#schedule;
    for (const key of ALL_KEYS) {
      const memory = this.#redis.primary.memory(partitionOf(key, this.#partitions));
      const record = memory.peek(key);
      const value = record === undefined ? undefined : new TextDecoder().decode(new RecordView(record).body);
      this.#truth.change(key, value, nowMs);
      const leftMs = memory.remainingMs(key);
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
