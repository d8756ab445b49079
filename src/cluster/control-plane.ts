// The leader's work, one turn after the other: takes out the dead, decides how many there should be, and asks for them.

import type { Clock } from "../base/clock.ts";
import type { Log } from "../base/log.ts";
import type { Election } from "./election.ts";
import { parseLoad } from "./load.ts";
import { parseMember } from "./member.ts";
import type { Registry, RegistryEntry } from "./registry.ts";
import type { Scaler, ScalerLook } from "./scaler.ts";
import { ScalingPolicy, type Decision, type InstanceLoad, type ScalingTargets } from "./scaling-policy.ts";

export interface ControlPlaneOptions {
  readonly id: string;
  readonly registry: Registry;
  readonly election: Election;
  readonly scaler: Scaler;
  readonly targets: ScalingTargets;
  readonly heartbeatMs: number;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * A heartbeat that ends within so many heartbeats is overdue: of instances that fell silent at once, one is seen to be
 * dead up to a heartbeat before the last, and by then all of them are overdue.
 */
const OVERDUE_HEARTBEATS = 1.25;
/** With fewer instances than this, most of them vanish when one dies. */
const FREEZE_INSTANCES_MIN = 3;
/** Heartbeats after which most of the fleet is taken for dead indeed. */
export const FREEZE_HEARTBEATS_MAX = 30;
/** Heartbeats for which the leader's report is kept: longer than an election takes. */
const REPORT_HEARTBEATS = 10;
/** One call of the scaler, ms; and never beyond the lease. */
const SCALER_MS_MAX = 5_000;

type LastLook = { readonly look: ScalerLook; readonly atMs: number };

export class ControlPlane {
  readonly #options: ControlPlaneOptions;
  #term: number | undefined;
  #policy: ScalingPolicy;
  #frozenMs: number | undefined;
  #last: LastLook | undefined;
  /** The last decision, as its two counts. */
  #said: string | undefined;

  constructor(options: ControlPlaneOptions) {
    this.#options = options;
    this.#policy = new ScalingPolicy(options.targets);
  }

  /** Does what a leader does, if this instance leads. Rejects where the registry cannot be reached. */
  async turn(): Promise<void> {
    const term = this.#leads();
    if (term === undefined) return;
    if (term !== this.#term) this.#begin(term);
    const { entries } = await this.#options.registry.view();
    const others = entries.filter(({ id }) => id !== this.#options.id);
    const dead = others.filter(({ load }) => load === undefined);
    const overdueMs = OVERDUE_HEARTBEATS * this.#options.heartbeatMs;
    const silent = others.filter(({ remainingMs }) => remainingMs <= overdueMs);
    const frozen = this.#freeze(entries.length, silent.length);
    if (frozen !== undefined) return this.#report(term, frozen);
    if (dead.length > 0 && !(await this.#reap(term, dead))) return;
    const healthy = entries.filter(({ load }) => load !== undefined);
    await this.#scale(term, healthy);
    await this.#report(term, undefined);
  }

  /** A new term knows nothing of what the last one saw. */
  #begin(term: number): void {
    this.#term = term;
    this.#policy = new ScalingPolicy(this.#options.targets);
    this.#frozenMs = undefined;
    this.#last = undefined;
    this.#said = undefined;
  }

  #leads(): number | undefined {
    return this.#options.election.termAt(this.#options.clock.nowMs());
  }

  /** Why nothing is to be done: most heartbeats are gone, and that is the network more likely than their deaths. */
  #freeze(all: number, silent: number): string | undefined {
    const { clock, heartbeatMs, log } = this.#options;
    if (all < FREEZE_INSTANCES_MIN || silent * 2 <= all) {
      if (this.#frozenMs !== undefined) log.info("thawed", { instances: all, silent });
      this.#frozenMs = undefined;
      return undefined;
    }
    const nowMs = clock.nowMs();
    if (this.#frozenMs === undefined) log.warn("frozen", { instances: all, silent });
    this.#frozenMs ??= nowMs;
    if (nowMs - this.#frozenMs >= FREEZE_HEARTBEATS_MAX * heartbeatMs) return undefined;
    return `${silent} of ${all} instances are silent at once`;
  }

  async #reap(term: number, dead: readonly RegistryEntry[]): Promise<boolean> {
    const { registry, id, log } = this.#options;
    const ids = dead.map((entry) => entry.id);
    if (this.#leads() !== term || !(await registry.reap(id, term, ids))) return false;
    for (const instance of ids) log.warn("reaped", { instance, term });
    return true;
  }

  async #scale(term: number, healthy: readonly RegistryEntry[]): Promise<void> {
    const look = await this.#look(healthy.length);
    if (this.#leads() !== term || look.kind === "failed") return;
    const decision = this.#policy.decide({
      atMs: this.#options.clock.nowMs(),
      desired: look.desired,
      running: healthy.length,
      loads: healthy.flatMap(loadsOf),
      mayShrink: look.busy === undefined,
    });
    if (decision !== undefined) await this.#act(term, decision);
  }

  /** What the scaler says, not older than it may be. */
  async #look(healthy: number): Promise<ScalerLook> {
    const { clock, scaler, log } = this.#options;
    const last = this.#last;
    const validMs = last?.look.kind === "failed" ? last.look.retryMs : scaler.lookMs;
    if (last !== undefined && clock.nowMs() - last.atMs < validMs) return last.look;
    const look = await scaler.look(healthy, this.#signal());
    if (look.kind === "failed") log.error("scaler_failed", { scaler: scaler.name, reason: look.reason });
    this.#last = { look, atMs: clock.nowMs() };
    return look;
  }

  /** Written down before it is done, by one who still leads: what was done can be read, whatever happens then. */
  async #act(term: number, { from, to, reason }: Decision): Promise<void> {
    const { registry, id, scaler, clock, log } = this.#options;
    // The scaler that nobody obeys would say the same again and again.
    const said = `${from} ${to}`;
    if (scaler.name === "log" && said === this.#said) return;
    this.#said = said;
    const at = new Date(clock.wallMs()).toISOString();
    if (this.#leads() !== term) return;
    if (!(await registry.decide(id, term, JSON.stringify({ at, from, to, reason, term })))) return;
    if (this.#leads() !== term) return;
    log.info("scaling", { scaler: scaler.name, from, to, reason, term });
    const answer = await scaler.ask(to, this.#signal());
    // What it says next is worth asking for.
    this.#last = undefined;
    if (answer.kind === "accepted") return;
    log.error("scaler_failed", { scaler: scaler.name, reason: answer.reason });
    this.#last = { look: answer, atMs: clock.nowMs() };
  }

  /** Ends what it is given to before the lease can. */
  #signal(): AbortSignal {
    const leftMs = this.#options.election.untilMs - this.#options.clock.nowMs();
    return AbortSignal.timeout(Math.max(1, Math.min(SCALER_MS_MAX, Math.floor(leftMs))));
  }

  async #report(term: number, frozen: string | undefined): Promise<void> {
    if (this.#leads() !== term) return;
    const { registry, id, scaler, heartbeatMs } = this.#options;
    const look = this.#last?.look;
    const control = {
      leader: id,
      term,
      state: frozen === undefined ? "watching" : "frozen",
      ...(frozen === undefined ? {} : { reason: frozen }),
      scaler: { name: scaler.name, ...scalerState(look) },
    };
    await registry.report(id, term, JSON.stringify(control), REPORT_HEARTBEATS * heartbeatMs);
  }
}

function scalerState(look: ScalerLook | undefined): object {
  if (look === undefined) return { state: "waiting" };
  if (look.kind === "failed") return { state: "failed", reason: look.reason };
  const { desired, busy } = look;
  return busy === undefined ? { state: "ready", desired } : { state: "busy", desired, reason: busy };
}

function loadsOf({ id, record, load }: RegistryEntry): readonly InstanceLoad[] {
  const read = load === undefined ? undefined : parseLoad(load);
  if (read === undefined) return [];
  const { workers } = parseMember(id, record);
  const { cpu, rps, reads, p99Us } = read;
  const hitRate = reads > 0 ? read.hitRate : undefined;
  return [{ cpu, rps: rps / workers, hitRate, p99Us: rps > 0 ? p99Us : undefined }];
}
