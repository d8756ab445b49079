// One partition, wired: its protocol state, its guarded L2, and its bus.

import type { Clock } from "../../base/clock.ts";
import { COHERENCE_TICK_MS_MAX, L2_WRITES_MAX } from "../../base/limits.ts";
import { Semaphore } from "../../base/semaphore.ts";
import type { Timers } from "../../base/timers.ts";
import { BusKeeper } from "../../coherence/bus-keeper.ts";
import type { OddMessage } from "../../coherence/odd-messages.ts";
import { Partition, type L1Port } from "../../coherence/partition.ts";
import type { ProtocolRules } from "../../coherence/protocol-rules.ts";
import type { Bus, SequenceReading } from "../../coherence/bus.ts";
import type { Counts } from "../../observe/counts.ts";
import type { Target } from "../../coherence/target.ts";
import type { Version } from "../../record/version.ts";
import type { L2 } from "../l2.ts";
import type { Siblings } from "../siblings.ts";
import { L2Guard } from "./l2-guard.ts";
import { ShardSweeper } from "./shard-sweeper.ts";

/** A partition's way to the shared tier. */
export interface ShardLink {
  readonly l2: L2;
  readonly bus: Bus;
  /** Changes that were acknowledged before all other workers of the instance were known to have dropped what they made
   *  old; where there are none, nothing. */
  readonly lateAcks?: number;
}

export interface ShardOptions {
  readonly link: ShardLink;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly origin: string;
  readonly staleMaxMs: number;
  readonly l2TimeoutMs: number;
  readonly resident: L1Port;
  readonly rules?: ProtocolRules | undefined;
  /** The number of the partition. */
  readonly index: number;
  readonly siblings: Siblings | undefined;
  readonly counts: Counts;
  readonly onChange: (key: string | undefined) => void;
  readonly onTick: (reading: SequenceReading, isFirst: boolean) => void;
  readonly onDown: (reason: unknown) => void;
  readonly onOdd: (kind: OddMessage) => void;
}

export class Shard {
  readonly partition: Partition;
  readonly l2: L2Guard;
  readonly sweeper: ShardSweeper;
  /** Writes that are with L2, and those that wait for their turn. */
  readonly writing = new Semaphore(L2_WRITES_MAX);
  readonly #keeper: BusKeeper;
  readonly #options: ShardOptions;
  #lateSettles = 0;
  #isProvenOnce = false;

  constructor(options: ShardOptions) {
    const { link, clock, timers, staleMaxMs } = options;
    this.#options = options;
    this.partition = new Partition({
      origin: options.origin,
      boundMs: staleMaxMs,
      resident: options.resident,
      counts: options.counts,
      onChange: options.onChange,
      onOdd: (kind) => {
        if (kind !== "malformed") this.#keeper.tickNow();
        options.onOdd(kind);
      },
      onDoubt: (reason) => this.#keeper.renew(reason),
      ...(options.rules === undefined ? {} : { rules: options.rules }),
    });
    const { partition } = this;
    this.l2 = new L2Guard({
      inner: link.l2,
      clock,
      timers,
      timeoutMs: options.l2TimeoutMs,
      counts: options.counts,
      history: partition,
    });
    this.sweeper = new ShardSweeper({ l2: this.l2, clock, timers });
    const tickMs = Math.min(COHERENCE_TICK_MS_MAX, staleMaxMs / 4);
    this.#keeper = new BusKeeper({
      bus: link.bus,
      partition,
      clock,
      timers,
      tickMs,
      tickMsMax: Math.max(staleMaxMs / 2, tickMs),
      onTick: (reading, isFirst) => {
        this.#isProvenOnce = true;
        this.sweeper.look(reading);
        options.onTick(reading, isFirst);
      },
      onDown: options.onDown,
    });
  }

  start(): void {
    void this.#keeper.run();
  }

  stop(): void {
    this.#keeper.stop();
  }

  get lateAcks(): number {
    return (this.#options.link.lateAcks ?? 0) + this.#lateSettles;
  }

  /** Waits until no other worker of the instance serves what a change makes old, which was acknowledged as `version`. */
  async settle(target: Target, version: Version): Promise<void> {
    const { siblings, index } = this.#options;
    if (siblings === undefined) return;
    if (await siblings.settle({ partition: index, target, version })) this.#lateSettles += 1;
  }

  /** The bus was proven at least once since the start. */
  get isProvenOnce(): boolean {
    return this.#isProvenOnce;
  }
}
