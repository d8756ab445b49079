// What the figures are read from, as interfaces: the parts of one process that count or hold something. No code here.

import type { Histogram } from "./histogram.ts";
import type { LaneTraffic } from "./lane-traffic.ts";

/** What the operating system says of this process. */
export interface ProcessFigures {
  /** Seconds since 1970. */
  readonly startedAtSeconds: number;
  readonly rssBytes: number;
  /** User and system. */
  readonly cpuSeconds: number;
}

/** A store in front of an L2, as far as the figures look at it. */
export interface TierFigures {
  readonly shards: readonly {
    readonly partition: { readonly lag: Histogram; readonly flushes: number };
    readonly l2: { readonly durations: ReadonlyMap<string, Histogram>; readonly isOpen: boolean };
    readonly lateAcks: number;
  }[];
  /** Engine time until which L1 is proven to be coherent, ms. */
  readonly freshUntilMs: number;
}

/** The traffic of all lanes: see Traffic. */
export interface TrafficFigures {
  readonly counts: Readonly<Record<string, number>>;
  readonly fast: Histogram;
  readonly cold: Histogram;
  readonly fastHits: number;
  readonly coldL1Hits: number;
  readonly coldL2Hits: number;
  readonly coldMisses: number;
  readonly lanes: readonly LaneTraffic[];
  readonly refusals: { counts(): Iterable<readonly [code: string, keyName: string, count: number]> };
  readonly keyRequests: { counts(): Iterable<readonly [keyName: string, requests: number]> };
  reads(): { readonly l1Hits: number; readonly l2Hits: number; readonly misses: number };
  /** By `METHOD STATUS`. */
  requests(): ReadonlyMap<string, number>;
}

/** The budget of bytes in flight: see InFlight. */
export interface InFlightFigures {
  readonly bytesMax: number;
  readonly refused: number;
  readonly cut: number;
  /** Bytes held now for each purpose. */
  kinds(): Iterable<readonly [what: string, bytes: number]>;
}

/** L1, as its engine has it. */
export interface EngineFigures {
  readonly entries: number;
  readonly bytes: number;
  readonly bytesMax: number;
  /** Entries that left undeleted, by reason. */
  readonly evictions: Readonly<Record<string, number>>;
  /** Where several workers write one L1: how often one found another writing the same part, by what came of it. */
  readonly lockWaits?: Readonly<Record<string, number>>;
}

export interface Sources {
  readonly instance: string;
  readonly traffic: TrafficFigures;
  process(): ProcessFigures;
  engineStats(): EngineFigures;
  /** None: there is no L2, and this process alone is the truth. */
  readonly tier: TierFigures | undefined;
  /** Healthy instances of the fleet, this one among them. */
  instances(): number;
  readonly inFlight: InFlightFigures;
  readonly loopDelay: {
    readonly delays: Histogram;
    blocked(): Iterable<readonly [by: string, count: number]>;
  };
  readonly log: { readonly dropped: number; readonly bugs: number };
  readonly lifecycle: { readonly state: "starting" | "ready" | "draining" };
  readonly build: { readonly version: string; readonly commit: string };
  /** Engine time, ms. */
  nowMs(): number;
  /** Milliseconds since 1970. */
  wallMs(): number;
}
