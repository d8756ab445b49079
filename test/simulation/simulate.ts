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
import { COLLECTIONS, contentOf, differing } from "./sim-content.ts";
import { SimCollections } from "./lanes/sim-collections.ts";
import { SimCopies } from "./lanes/sim-copies.ts";
import type { SimCopyKeeper } from "./lanes/sim-copy-keeper.ts";
import { SimLaneClients } from "./lanes/sim-lane-clients.ts";
import { SimLanes } from "./lanes/sim-lanes.ts";
import { BOUND_MS, SimJudge } from "./sim-judge.ts";
import { SimFaults } from "./sim-faults.ts";
import { SimOrigin } from "./sim-origin.ts";
import { losePartition } from "./sim-partition-loss.ts";
import { loseReign } from "./sim-reign-loss.ts";
import { SimRedis } from "./sim-redis.ts";
import { ALL_SCRIPTS, type SimScripts } from "./sim-scripts.ts";
import { SimSteps } from "./sim-steps.ts";
import { SimWorkers } from "./sim-workers.ts";

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
/** So many of them, the first ones, are the workers of one instance where there are any. */
const WORKERS = 2;
const ALL_WORKERS = [0, 1];
const ALL_KEYS = [...KEYS, ...FILLED, COUNTED, ...COLLECTIONS];
/** A version that no L1 can satisfy: its reader has to ask L2. */
const UNKNOWN: Version = { epoch: "unknown", n: 1 };
const LOAD_MS = 2_500;
/** By then every instance is connected, if nothing fails. */
const SETTLED_MS = 300;
/** The last that is stopped goes on 2,000 ms after the load has ended; it may need 500 ms more to give up a connection
 *  without answers, and some to make it anew. */
const HEAL_MS = 3_000;
/** Before the end of healing: what pings find out in earnest, that a silent connection is dead, reads find out here. The
 *  last ones come when every instance goes on, and L2 is not taken for down any more where it is not. */
const PROBES_MS = [2_000, 800];
/** The last reads are over by then. */
const READ_MS = 300;
/** What was lost in one partition has been noticed by then. */
const REIGN_LOSS_MS = 1_100;
/** The share of runs in which nothing fails. */
const QUIET_RUNS = 0.15;

/** Asks L2, by the connection for commands, for what no L1 can answer. */
function probe({ store, clock }: SimInstance): void {
  for (const key of ALL_KEYS) void store.read(key, clock.nowMs(), UNKNOWN);
}

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
  readonly #laneClients: SimLaneClients;
  readonly #collections: SimCollections;
  /** Redis has lost something, which the next look will show. */
  #isLoss = false;
  /** What each key of KEYS has had and has no more: unless Redis has lost something since, it never comes back. */
  readonly #gone = new Map(KEYS.map((key) => [key, new Set<string>()]));
  readonly #parts: SimClientsOptions;
  readonly #violations: string[] = [];
  readonly #log: string[] = [];
  readonly #scenario: Scenario;
  readonly #partitions: number;
  readonly #hasFaults: boolean;
  readonly #faults: SimFaults;

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
      onLoss: () => {
        this.#origin.forget();
        this.#isLoss = true;
        for (const gone of this.#gone.values()) gone.clear();
      },
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
    const workers = random.chance(0.3) ? new SimWorkers(schedule, random) : undefined;
    this.#instances = Array.from(
      { length: INSTANCES },
      (_, i) =>
        new SimInstance({
          ...shared,
          origin: `i${twins ? i >> 1 : i}`,
          workers: i < WORKERS ? workers : undefined,
        }),
    );
    for (const instance of this.#instances) scenario.onInstance?.(instance);
    const parts = {
      schedule,
      random,
      instances: this.#instances,
      truth: this.#truth,
      origin: this.#origin,
      note: (line: () => string) => this.#note(line),
      violate: (sentence: string) => this.#violate(sentence),
    };
    const workersOf = (index: number) => (workers !== undefined && index < WORKERS ? ALL_WORKERS : []);
    this.#parts = { ...parts, judge: new SimJudge({ ...parts, workersOf }) };
    this.#faults = new SimFaults({
      ...parts,
      redis: this.#redis,
      partitions,
      scripts: shared.scripts,
    });
    this.#clients = new SimClients(this.#parts);
    const lanes = this.#instances.map((instance) => new SimLanes(instance));
    this.#copies = new SimCopies(this.#parts, lanes);
    this.#laneClients = new SimLaneClients(this.#parts, lanes);
    this.#collections = new SimCollections(this.#parts, lanes);
    for (const keeper of this.#copies.keepers) scenario.onKeeper?.(keeper);
  }

  run(): Outcome {
    const random = this.#random;
    const schedule = this.#schedule;
    const everyMs = random.pick([8, 20, 50]);
    for (let atMs = 50; atMs < LOAD_MS; atMs += random.between(0, 2 * everyMs)) {
      schedule.at(atMs, () => this.#clients.operate());
    }
    this.#faults.planStrangers(LOAD_MS);
    if (this.#hasFaults) this.#faults.plan(LOAD_MS);
    this.#copies.plan(SETTLED_MS, LOAD_MS, LOAD_MS + HEAL_MS, !this.#hasFaults);
    this.#laneClients.plan(SETTLED_MS, LOAD_MS);
    new SimSteps(this.#parts).plan(SETTLED_MS, LOAD_MS);
    this.#collections.plan(SETTLED_MS, LOAD_MS);
    schedule.run(SETTLED_MS);
    const flushes = this.#flushes();
    schedule.run(LOAD_MS);
    this.#redis.lossRate = 0;
    this.#redis.delayMsMax = 0;
    for (const instance of this.#instances) instance.loseNothing();
    for (const ms of PROBES_MS) {
      schedule.run(LOAD_MS + HEAL_MS - ms);
      for (const instance of this.#instances) instance.run(() => probe(instance));
    }
    schedule.run(LOAD_MS + HEAL_MS);
    for (const index of this.#instances.keys())
      for (const key of ALL_KEYS) this.#clients.read(index, key, true);
    this.#copies.judgeLast();
    // Where nothing fails, nothing is forgotten, whatever strangers do.
    if (!this.#hasFaults && this.#flushes() > flushes) this.#violate("all was forgotten without a reason");
    if (this.#partitions > 1) this.#losePartition();
    this.#loseReign();
    schedule.run(LOAD_MS + HEAL_MS + 2_000);
    for (const { store } of this.#instances) void store.close();
    schedule.run(LOAD_MS + HEAL_MS + 5_000);
    return {
      reads: this.#clients.reads,
      writes: this.#clients.writes,
      faults: this.#faults.count,
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

  /** When that is over, too, Redis loses a change in a way that leaves all connections as they are. */
  #loseReign(): void {
    const options = { ...this.#parts, redis: this.#redis, key: COUNTED };
    this.#schedule.after(REIGN_LOSS_MS, () => loseReign(options));
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
    for (const key of ALL_KEYS) {
      const memory = this.#redis.primary.memory(partitionOf(key, this.#partitions));
      const record = memory.peek(key);
      const value = record === undefined ? undefined : contentOf(new RecordView(record));
      this.#change(key, value);
      const leftMs = memory.remainingMs(key);
      if (Number.isFinite(leftMs)) this.#schedule.after(leftMs + 0.0001, () => this.#observe());
    }
    this.#isLoss = false;
  }

  #change(key: string, value: string | undefined): void {
    const before = this.#truth.now(key);
    if (before === value) return;
    const gone = this.#gone.get(key);
    if (before !== undefined) gone?.add(before);
    if (value !== undefined && gone?.has(value) === true) this.#violate(`${key} = ${value} has come back`);
    // One client's change concerns one item: what another one added or took is as it was, unless all is gone.
    const isOfOne = value === undefined || this.#isLoss || differing(before, value).length === 1;
    if (COLLECTIONS.includes(key) && !isOfOne)
      this.#violate(`${key} = ${value} has taken the place of ${before}`);
    this.#truth.change(key, value, this.#schedule.nowMs);
  }

  #note(line: () => string): void {
    if (this.#scenario.history === true) this.#log.push(`${this.#schedule.nowMs.toFixed(2)} ${line()}`);
  }

  #violate(sentence: string): void {
    if (this.#violations.length < 5) this.#violations.push(sentence);
    this.#note(() => `VIOLATION ${sentence}`);
  }
}
