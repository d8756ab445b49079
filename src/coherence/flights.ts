// Single flight: the fills of one partition that are under way, by key. Pure.

import type { Version } from "../record/version.ts";

/** What a flight brought: an entry of L2's, stamped for this process. */
export interface FetchedEntry extends Version {
  /** Engine time. */
  readonly expiresAtMs: number;
  readonly record: Uint8Array;
}

/** An entry or none and, on a miss, whether this flight got the right to fill it. */
export interface FlightResult {
  readonly entry: FetchedEntry | undefined;
  /** The entry is past its expiry, and is served while another fills it. */
  readonly isStale: boolean;
  /** Token of the right to fill, if it is this flight's. */
  readonly lease: string | undefined;
  /** The record past its expiry that others are served meanwhile, for who has that right. */
  readonly expired: Uint8Array | undefined;
  /** Another holds the right to fill. */
  readonly isLeased: boolean;
}

/** One fill under way. */
export interface Flight {
  readonly key: string;
  /** The partition's generation when it began. */
  readonly gen: number;
  readonly startedMs: number;
  /** What it brings may be old by the time that it lands: it is good for its own readers, not for L1. */
  poisoned: boolean;
  /** What L2 said, once it has; set by whoever began the flight. */
  result: Promise<FlightResult> | undefined;
}

export class Flights {
  readonly #byKey = new Map<string, Flight>();

  get size(): number {
    return this.#byKey.size;
  }

  /** The flight of `key` that a reader may join: younger than `ageMsMax`. */
  joinable(key: string, nowMs: number, ageMsMax: number): Flight | undefined {
    const flight = this.#byKey.get(key);
    return flight !== undefined && nowMs - flight.startedMs < ageMsMax ? flight : undefined;
  }

  /** Begins a flight. An older one of its key is detached: invalidations would not reach it any more. */
  begin(key: string, gen: number, nowMs: number): Flight {
    this.detach(key, true);
    const flight: Flight = { key, gen, startedMs: nowMs, poisoned: false, result: undefined };
    this.#byKey.set(key, flight);
    return flight;
  }

  end(flight: Flight): void {
    if (this.#byKey.get(flight.key) === flight) this.#byKey.delete(flight.key);
  }

  /** Takes the flight of `key` off: nobody joins it any more and, where `poisons`, it installs nothing. */
  detach(key: string, poisons: boolean): void {
    const flight = this.#byKey.get(key);
    if (flight === undefined) return;
    if (poisons) flight.poisoned = true;
    this.#byKey.delete(key);
  }

  detachAll(poisons: boolean): void {
    for (const key of this.#byKey.keys()) this.detach(key, poisons);
  }
}
