// The leader's work, turn by turn: removes dead instances, decides how many there should be, and asks the scaler for them.

import type { Clock } from "../base/clock.ts";
import { FREEZE_HEARTBEATS_MAX } from "../base/fleet-limits.ts";
import type { Log } from "../base/log.ts";
import type { Election } from "./election.ts";
import { parseLoad } from "./load.ts";
import { parseMember } from "./member.ts";
import type { Registry, RegistryEntry } from "./registry.ts";
import type { Scaler, ScalerLook } from "./scaling/scaler.ts";
import { ScalingPolicy, type Decision, type InstanceLoad, type ScalingTargets } from "./scaling/policy.ts";

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
 * An instance whose heartbeat expires within this many heartbeat intervals is silent. Of instances that fell silent at the
 * same moment the first is found dead up to one interval before the last; all of them count as silent by then.
 */
const OVERDUE_HEARTBEATS = 1.25;
/** The fleet is frozen only from this size on: in a smaller one, a single death is already half of it. */
const FREEZE_INSTANCES_MIN = 3;
/** Heartbeat intervals for which the leader's report is kept: longer than an election takes. */
const REPORT_HEARTBEATS = 10;
/** Bound on one call of the scaler, ms; it also ends with the lease. */
const SCALER_MS_MAX = 5_000;

type LastLook = { readonly look: ScalerLook; readonly atMs: number };

export class ControlPlane {
  readonly #options: ControlPlaneOptions;
  #term: number | undefined;
  #policy: ScalingPolicy;
  #frozenMs: number | undefined;
  #last: LastLook | undefined;
  /** The last decision as text, `FROM TO`. */
  #lastDecision: string | undefined;

  constructor(options: ControlPlaneOptions) {
    this.#options = options;
    this.#policy = new ScalingPolicy(options.targets);
  }

  /** One turn of the leader's work; does nothing unless this instance leads. Rejects where the registry is unreachable. */
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

  /** Begins a term with no samples and no look at the scaler. */
  #begin(term: number): void {
    this.#term = term;
    this.#policy = new ScalingPolicy(this.#options.targets);
    this.#frozenMs = undefined;
    this.#last = undefined;
    this.#lastDecision = undefined;
  }

  #leads(): number | undefined {
    return this.#options.election.termAt(this.#options.clock.nowMs());
  }

  /** The reason for doing nothing, if more than half of the fleet is silent: more likely a network fault than deaths. */
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

  /** What the scaler answered within the time that its answer is valid; asks it otherwise. */
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

  /** Records the decision in the registry, then asks the scaler; each only while this instance still leads. */
  async #act(term: number, { from, to, reason }: Decision): Promise<void> {
    const { registry, id, scaler, clock, log } = this.#options;
    // With the log scaler the count never changes, and the same decision would be made at each turn.
    const decided = `${from} ${to}`;
    if (scaler.name === "log" && decided === this.#lastDecision) return;
    this.#lastDecision = decided;
    const at = new Date(clock.wallMs()).toISOString();
    if (this.#leads() !== term) return;
    if (!(await registry.decide(id, term, JSON.stringify({ at, from, to, reason, term })))) return;
    if (this.#leads() !== term) return;
    log.info("scaling", { scaler: scaler.name, from, to, reason, term });
    const answer = await scaler.ask(to, this.#signal());
    // The count has changed: the next turn asks for it.
    this.#last = undefined;
    if (answer.kind === "accepted") return;
    log.error("scaler_failed", { scaler: scaler.name, reason: answer.reason });
    this.#last = { look: answer, atMs: clock.nowMs() };
  }

  /** Aborts after SCALER_MS_MAX, and at the latest when the lease ends. */
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
