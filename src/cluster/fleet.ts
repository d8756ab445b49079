// This instance's part in the fleet: sends heartbeats, stands for election where configured, and leaves when it drains.

import { messageOf } from "../base/bug.ts";
import type { Clock } from "../base/clock.ts";
import type { Log } from "../base/log.ts";
import { pause, type Timers } from "../base/timers.ts";
import { ControlPlane } from "./control-plane.ts";
import { Election } from "./election.ts";
import type { Load } from "./load.ts";
import type { Member } from "./member.ts";
import type { Registry } from "./registry.ts";
import type { Scaler } from "./scaling/scaler.ts";
import type { ScalingTargets } from "./scaling/policy.ts";

/** Heartbeat intervals after which a heartbeat expires; an instance without one is dead. */
export const HEARTBEATS_MAX = 3;

export interface FleetOptions {
  readonly member: Member;
  readonly registry: Registry;
  readonly measure: () => Promise<Load>;
  /** What a leader works with; none: this instance does not stand for election. */
  readonly control: { readonly scaler: Scaler; readonly targets: ScalingTargets } | undefined;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
}

export class Fleet {
  readonly #options: FleetOptions;
  readonly #election: Election;
  readonly #controlPlane: ControlPlane | undefined;
  readonly #failing = new Set<string>();
  #isLeaving = false;
  #term: number | undefined;
  #beating: Promise<void> = Promise.resolve();
  /** Healthy instances at the last heartbeat, this one included. */
  healthy = 1;

  constructor(options: FleetOptions) {
    this.#options = options;
    const { id, heartbeatMs } = options.member;
    this.#election = new Election(heartbeatMs);
    this.#controlPlane =
      options.control === undefined
        ? undefined
        : new ControlPlane({ ...options, ...options.control, id, heartbeatMs, election: this.#election });
  }

  /** Starts the heartbeats and, where configured, the election. */
  start(): void {
    void this.#every("beat", () => (this.#beating = this.#beat()));
    if (this.#controlPlane === undefined) return;
    void this.#stand();
    void this.#every("control", () => this.#controlPlane!.turn());
  }

  /** Gives up the lease and leaves the registry, after a heartbeat that is on its way. Never rejects. */
  async leave(): Promise<void> {
    if (this.#isLeaving) return;
    this.#isLeaving = true;
    const { registry, member } = this.#options;
    const term = this.#election.askTerm;
    this.#election.resign();
    await this.#beating.catch(() => {});
    await this.#try("leave", () => registry.leave(member.id));
    if (term !== undefined) await this.#try("release", () => registry.release(member.id, term));
  }

  async #every(what: string, work: () => Promise<void>): Promise<void> {
    const { clock, timers, member } = this.#options;
    while (!this.#isLeaving) {
      const beganMs = clock.nowMs();
      await this.#try(what, work);
      await pause(timers, Math.max(1, member.heartbeatMs - (clock.nowMs() - beganMs)));
    }
  }

  async #beat(): Promise<void> {
    const { registry, member, measure } = this.#options;
    const load = JSON.stringify(await measure());
    await registry.beat(member.id, JSON.stringify(member), load, HEARTBEATS_MAX * member.heartbeatMs);
    this.healthy = Math.max(1, await registry.healthy());
  }

  async #stand(): Promise<void> {
    const { clock, timers } = this.#options;
    while (!this.#isLeaving) {
      await this.#try("election", () => this.#ask());
      this.#announce();
      await pause(timers, Math.max(1, this.#election.dueMs - clock.nowMs()));
    }
  }

  async #ask(): Promise<void> {
    const { registry, member, clock } = this.#options;
    const election = this.#election;
    const sentMs = clock.nowMs();
    const { askTerm } = election;
    try {
      const lease = await registry.lease(member.id, askTerm, election.leaseMs);
      if (this.#isLeaving) {
        if (lease.isGranted) await registry.release(member.id, lease.term);
      } else election.answered(sentMs, clock.nowMs(), lease);
    } catch (thrown) {
      election.failed(clock.nowMs());
      throw thrown;
    }
  }

  #announce(): void {
    const { clock, log } = this.#options;
    const term = this.#election.termAt(clock.nowMs());
    if (term === this.#term) return;
    if (term !== undefined) log.info("leading", { term });
    else log.info("leads_no_more", { term: this.#term });
    this.#term = term;
  }

  /** Does `work`; logs the first of several failures in a row, and the recovery. */
  async #try(what: string, work: () => Promise<void>): Promise<void> {
    const { log } = this.#options;
    try {
      await work();
      if (this.#failing.delete(what)) log.info("fleet_recovered", { what });
    } catch (thrown) {
      if (this.#failing.has(what)) return;
      this.#failing.add(what);
      log.warn("fleet_trouble", { what, reason: messageOf(thrown) });
    }
  }
}
