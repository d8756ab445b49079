// A worker's way to the lanes of the instance's other workers: by the supervisor. Cold.

import { within } from "../../base/deadline.ts";
import { LANE_QUESTIONS_MAX, LANE_QUESTIONS_WAITING_MAX, REPORT_MS_MAX } from "../../base/fleet-limits.ts";
import { Semaphore } from "../../base/semaphore.ts";
import { workersOf } from "../../base/settings/settings.ts";
import type { OtherWorkers } from "../../store/other-workers.ts";
import type { LaneQuestion, WorkerAssignment } from "../messages.ts";

export class LaneLink implements OtherWorkers {
  readonly index: number;
  readonly count: number;
  readonly shareL1: boolean;
  readonly #put: (question: LaneQuestion) => Promise<readonly unknown[]>;
  readonly #listeners = new Map<string, (question: unknown) => unknown>();
  readonly #turns = new Semaphore(LANE_QUESTIONS_MAX);

  /** `put` puts a question to the others by way of the supervisor. */
  constructor(
    { index, settings, memory }: WorkerAssignment,
    put: (question: LaneQuestion) => Promise<readonly unknown[]>,
  ) {
    this.index = index;
    this.count = workersOf(settings);
    this.shareL1 = memory !== undefined;
    this.#put = put;
  }

  listen(lane: string, answer: (question: unknown) => unknown): void {
    this.#listeners.set(lane, answer);
  }

  ask(lane: string, question: unknown): Promise<readonly unknown[]> | undefined {
    if (this.#turns.waiting >= LANE_QUESTIONS_WAITING_MAX) return undefined;
    return this.#turns.run(() => this.#answers({ lane, question }));
  }

  /** None where the supervisor does not bring them in time: it bounds what it waits for by REPORT_MS_MAX itself. */
  async #answers(question: LaneQuestion): Promise<readonly unknown[]> {
    try {
      return await within(2 * REPORT_MS_MAX, "the other workers", this.#put(question));
    } catch {
      return [];
    }
  }

  /** What this worker's lane answers to another's; `undefined`: it is not there, or has nothing to say. */
  answer({ lane, question }: LaneQuestion): unknown {
    return this.#listeners.get(lane)?.(question);
  }
}
