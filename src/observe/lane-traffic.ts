// What a lane beside HTTP counts: reads by what answered them, commands, latency, connections. Counted hot, read cold.

import { Histogram } from "./histogram.ts";
import { KeyRequests, NO_KEY } from "./requests/key-requests.ts";
import { Sampling } from "./requests/sampling.ts";

export type LaneName = "resp" | "websocket" | "redis_rest";

/** Commands answered, by their own names. */
export interface CommandCount {
  readonly command: string;
  readonly ok: number;
  readonly failed: number;
}

export class LaneTraffic {
  readonly lane: LaneName;
  /** From the arrival of a batch to its finished answers, the mean of the batch counted once for each command. */
  readonly durations = new Histogram();
  /** This lane's reads that L1 answered, that L2 answered, and that found nothing. */
  l1Hits = 0;
  l2Hits = 0;
  misses = 0;
  /** Commands that are still to be answered until one of them is remembered among the last requests. */
  untilRemembered = 1;
  readonly #sampling = new Sampling();
  /** This lane's commands, by API key. */
  readonly keyRequests = new KeyRequests();
  commands: () => Iterable<CommandCount> = () => [];
  connections: () => number = () => 0;
  cuts: () => ReadonlyMap<string, number> = () => new Map();

  constructor(lane: LaneName) {
    this.lane = lane;
  }

  /** One is remembered at `nowMs`, monotonic; gives how many it stands for. */
  remembered(nowMs: number): number {
    const { oneIn } = this.#sampling;
    this.#sampling.took(nowMs);
    this.untilRemembered = this.#sampling.oneIn;
    return oneIn;
  }

  /** `count` commands of the API key with this name were answered together in `ns`. */
  done(count: number, ns: number, keyName = NO_KEY): void {
    this.keyRequests.count(keyName, count);
    this.durations.record(ns / count, count);
  }
}
