// Holds each answer of the simulation against the truth: how old may it be, and may it be at all?

import { RecordView } from "../../src/record/record.ts";
import type { Version } from "../../src/record/version.ts";
import type { ReadResult } from "../../src/store/store.ts";
import type { Truth } from "../support/truth.ts";
import type { Schedule } from "./schedule.ts";
import { contentOf } from "./sim-content.ts";
import type { SimInstance } from "./sim-instance.ts";
import type { SimOrigin } from "./sim-origin.ts";

export const BOUND_MS = 1_000;
/** Rounding of times that were added up in different orders. */
const SLACK_MS = 0.001;
/** A worker that was stopped has told its siblings by then that it has caught up. */
const CAUGHT_UP_MS = 10;

export interface SimJudgeOptions {
  readonly schedule: Schedule;
  readonly instances: readonly SimInstance[];
  /** The instances that are workers of the one with number `index`'s, that one too. */
  readonly workersOf: (index: number) => readonly number[];
  readonly truth: Truth;
  readonly origin: SimOrigin;
  readonly note: (line: () => string) => void;
  readonly violate: (sentence: string) => void;
}

export class SimJudge {
  /** The last version that somebody was given, and the moment that it was true. */
  last: { version: Version; atMs: number } | undefined;
  readonly #options: SimJudgeOptions;
  /** By instance and key: the moment that its readers have seen the truth of. */
  readonly #seen: readonly Map<string, number>[];

  constructor(options: SimJudgeOptions) {
    this.#options = options;
    this.#seen = options.instances.map(() => new Map<string, number>());
  }

  /** The oldest truth that a reader who asks now may be told. */
  sinceMs(index: number, key: string): number {
    const seenMs = this.#seen[index]!.get(key) ?? Number.NEGATIVE_INFINITY;
    return Math.max(this.#options.schedule.nowMs - BOUND_MS, seenMs);
  }

  #saw(index: number, key: string, atMs: number): void {
    const seen = this.#seen[index]!;
    seen.set(key, Math.max(seen.get(key) ?? Number.NEGATIVE_INFINITY, atMs));
  }

  /** Judges what a reader was told who may be told nothing from before `sinceMs`. */
  check(index: number, key: string, read: ReadResult<never>, sinceMs: number): void {
    if (read.kind === "unavailable") return;
    const value = valueOf(read);
    this.told(index, key, value, sinceMs, read.kind === "found" ? read.tier : "l2");
    const { truth, schedule } = this.#options;
    this.#saw(index, key, truth.began(key, value, sinceMs - SLACK_MS, schedule.nowMs));
  }

  /** Judges what somebody was told `by` some way who may be told nothing from before `sinceMs`. */
  told(index: number, key: string, value: string | undefined, sinceMs: number, by: string): void {
    const { truth, origin, note, violate, schedule } = this.#options;
    const { nowMs } = schedule;
    const told = `${key} read as ${value ?? "absent"} (${by}) on ${index}`;
    note(() => `${told}, may be from ${sinceMs.toFixed(2)} on`);
    if (truth.latest(key, value, sinceMs - SLACK_MS, nowMs) === undefined) {
      violate(`${told} at ${nowMs.toFixed(2)} is older than ${sinceMs.toFixed(2)}`);
    }
    const fault =
      value === undefined || !key.startsWith("f/") ? undefined : origin.fault(key, value, sinceMs);
    if (fault !== undefined) violate(`${told} ${fault}`);
  }

  /** What was acknowledged was so at the latest now, and neither its writer's instance nor another worker of it may
   *  forget it. */
  acknowledged(index: number, key: string, value: string, version: Version): void {
    const { truth, schedule, violate } = this.#options;
    const atMs = truth.began(key, value, Number.NEGATIVE_INFINITY, schedule.nowMs);
    if (atMs === Number.NEGATIVE_INFINITY) violate(`${value} was acknowledged and never there`);
    else {
      this.#sawAll(index, key, atMs);
      this.last = { version, atMs };
    }
  }

  /** A change of `key` was acknowledged: at some moment it held what `test` says yes to, and its instance knows. */
  changed(index: number, key: string, what: string, test: (value: string | undefined) => boolean): void {
    const { truth, schedule, violate } = this.#options;
    const atMs = truth.beganWith(key, test, Number.NEGATIVE_INFINITY, schedule.nowMs);
    if (atMs === Number.NEGATIVE_INFINITY) violate(`${what} of ${key} was acknowledged and never there`);
    else this.#sawAll(index, key, atMs);
  }

  /** A removal that began at `invokedMs` was acknowledged: by then nothing was there, at some moment. */
  removed(index: number, key: string, invokedMs: number, version?: Version): void {
    const { truth, schedule, violate } = this.#options;
    const { nowMs } = schedule;
    if (truth.latest(key, undefined, invokedMs, nowMs) === undefined) {
      violate(`${key} was removed, acknowledged at ${nowMs.toFixed(2)}, and always there`);
      return;
    }
    const atMs = truth.began(key, undefined, invokedMs, nowMs);
    this.#sawAll(index, key, atMs);
    if (version !== undefined) this.last = { version, atMs };
  }

  /** The tag that clients' values have was invalidated between `invokedMs` and now: what has it was not there all that
   *  time. A promotion may have brought it back since; and its instance may still serve an older value that has none,
   *  until it hears of the later one. */
  untagged(key: string, invokedMs: number): void {
    const { truth, schedule, violate } = this.#options;
    const { nowMs } = schedule;
    const value = truth.now(key);
    if (value?.startsWith("v") === true && truth.sinceMs(key) <= invokedMs)
      violate(`${key} = ${value} has outlived its tag at ${nowMs.toFixed(2)}`);
  }

  /** Workers that are stopped, or were until lately, are not waited for. */
  #sawAll(index: number, key: string, atMs: number): void {
    const { instances, workersOf, schedule } = this.#options;
    this.#saw(index, key, atMs);
    for (const worker of workersOf(index)) {
      if (schedule.nowMs - instances[worker]!.stoppedUntilMs > CAUGHT_UP_MS) this.#saw(worker, key, atMs);
    }
  }

  /** A write that failed may have been made nevertheless, but not later than its bound allows. */
  expectNever(key: string, value: string, deadlineMs: number): void {
    const { schedule, truth, violate } = this.#options;
    schedule.after(3_000, () => {
      const beganMs = truth.began(key, value, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY);
      if (beganMs > deadlineMs + SLACK_MS)
        violate(`${value} failed by ${deadlineMs} and was made at ${beganMs}`);
    });
  }
}

export function valueOf(read: ReadResult<never>): string | undefined {
  if (read.kind !== "found") return undefined;
  return contentOf(new RecordView(read.entry.record));
}
