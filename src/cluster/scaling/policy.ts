// Decides how many instances there should be, from samples of the fleet's load. No clock, no I/O: time is in the samples.
//
// Load is turned into a need: the number of instances that would carry it at the targets, from the total over the fleet,
// so that it does not depend on how many share it. The fleet grows once the need has been above the present count for a
// short while (the lowest need of that while counts: one odd sample changes nothing). It shrinks only below the highest
// need of a long while, and only so far that it stays clear of growing again. Between the two lies a band in which
// nothing happens. This is the stabilisation window of Kubernetes' horizontal autoscaler, with target tracking's sums.

import { SCALING } from "./parameters.ts";
import { NeedWindow } from "./samples.ts";

export interface ScalingTargets {
  /** Share of an instance's CPU that is to be in use, in (0, 1]. */
  readonly cpu: number;
  /** Requests a second for each instance. */
  readonly rps: number;
  readonly min: number;
  readonly max: number;
}

/** One instance's load, as its heartbeat gave it. */
export interface InstanceLoad {
  /** Share of its CPU in use; 1 is all of it. */
  readonly cpu: number;
  readonly rps: number;
  /** Reads answered by L1 or L2, in [0, 1]; none without reads. */
  readonly hitRate: number | undefined;
  /** 99th percentile since the last heartbeat, in µs; none without requests. */
  readonly p99Us: number | undefined;
}

export interface FleetSample {
  readonly atMs: number;
  /** The count last asked for. */
  readonly desired: number;
  /** Instances that live, whether or not they told their load. */
  readonly running: number;
  readonly loads: readonly InstanceLoad[];
  /** Whether it may shrink now; during a deployment counts are not what they seem. */
  readonly mayShrink: boolean;
}

export interface Decision {
  readonly from: number;
  readonly to: number;
  readonly reason: string;
}

export class ScalingPolicy {
  readonly #targets: ScalingTargets;
  readonly #window = new NeedWindow(SCALING.inWindowMs, SCALING.gapMsMax);
  #outMs = Number.NEGATIVE_INFINITY;
  #changedMs = Number.NEGATIVE_INFINITY;
  #usualHitRate: number | undefined;

  constructor(targets: ScalingTargets) {
    this.#targets = targets;
  }

  /** Takes the next sample; a decision where the count should change, else `undefined`. */
  decide(sample: FleetSample): Decision | undefined {
    const { atMs, desired } = sample;
    const { min, max } = this.#targets;
    if (desired < min) return this.#changed(sample, min, `${desired} is below the least number, ${min}`);
    if (desired > max) return this.#changed(sample, max, `${desired} is above the greatest number, ${max}`);
    if (sample.loads.length === 0 || sample.loads.length < SCALING.reportingShareMin * sample.running) {
      return undefined;
    }
    const { need, reason } = needOf(sample, this.#targets);
    this.#window.add({ atMs, need });
    const isFilling = this.#watchHitRate(sample);
    const mayShrink = sample.mayShrink && !isFilling;
    return this.#grow(sample, reason) ?? (mayShrink ? this.#shrink(sample) : undefined);
  }

  #grow(sample: FleetSample, reason: string): Decision | undefined {
    const { atMs, desired } = sample;
    if (atMs - this.#outMs < SCALING.outCooldownMs || this.#window.coveredMs < SCALING.outWindowMs) return;
    const need = this.#window.lowest(SCALING.outWindowMs);
    if (need <= desired * SCALING.outBand) return undefined;
    const most = Math.max(desired * SCALING.outFactorMax, desired + SCALING.outStepMin);
    const to = Math.min(Math.ceil(need), most, this.#targets.max);
    if (to <= desired) return undefined;
    this.#outMs = atMs;
    return this.#changed(sample, to, `${reason}: it takes ${need.toFixed(1)} instances`);
  }

  #shrink(sample: FleetSample): Decision | undefined {
    const { atMs, desired } = sample;
    if (atMs - this.#changedMs < SCALING.inCooldownMs) return undefined;
    if (this.#window.coveredMs < SCALING.inWindowMs - SCALING.gapMsMax) return undefined;
    const need = this.#window.highest(SCALING.inWindowMs);
    const least = desired - Math.max(1, Math.floor(desired * SCALING.inShareMax));
    const to = Math.max(Math.ceil(need / SCALING.inBand), least, this.#targets.min, 1);
    if (to >= desired) return undefined;
    const minutes = Math.round(SCALING.inWindowMs / 60_000);
    return this.#changed(sample, to, `the load of the last ${minutes} min took ${need.toFixed(1)} instances`);
  }

  #changed(sample: FleetSample, to: number, reason: string): Decision {
    this.#changedMs = sample.atMs;
    return { from: sample.desired, to, reason };
  }

  /** Whether the hit rate is well below its usual value. */
  #watchHitRate(sample: FleetSample): boolean {
    const rates = sample.loads.flatMap(({ hitRate, rps }) => (hitRate === undefined ? [] : [[hitRate, rps]]));
    const weight = rates.reduce((sum, [, rps]) => sum + rps!, 0);
    if (weight <= 0) return false;
    const rate = rates.reduce((sum, [hitRate, rps]) => sum + hitRate! * rps!, 0) / weight;
    const usual = this.#usualHitRate ?? rate;
    this.#usualHitRate = usual + SCALING.hitRateWeight * (rate - usual);
    return rate < usual - SCALING.hitRateDrop;
  }
}

/** How many instances the load needs, and which of its sides says so. Those that are silent are taken for average. */
function needOf(sample: FleetSample, targets: ScalingTargets): { need: number; reason: string } {
  const { loads, running } = sample;
  const scale = Math.max(running, loads.length) / loads.length;
  const total = (pick: (load: InstanceLoad) => number) =>
    loads.reduce((sum, load) => sum + Math.max(0, pick(load)), 0) * scale;
  const cpu = total((load) => load.cpu);
  const rps = total((load) => load.rps);
  const count = loads.length * scale;
  const byCpu = cpu / targets.cpu;
  const byRps = rps / targets.rps;
  const percent = (share: number) => `${Math.round(100 * share)} %`;
  const p99Us = Math.max(0, ...loads.map((load) => load.p99Us ?? 0));
  const isSlow = p99Us > SCALING.p99UsMax && cpu / count > SCALING.latencyCpuShare * targets.cpu;
  const need = Math.max(byCpu, byRps);
  const slowNeed = count * SCALING.outBand + 0.5;
  if (isSlow && slowNeed > need) {
    const text = `p99 of ${Math.round(p99Us)} µs, wanted ${SCALING.p99UsMax} µs, at a CPU of ${percent(cpu / count)}`;
    return { need: slowNeed, reason: text };
  }
  if (byCpu >= byRps)
    return { need, reason: `CPU at ${percent(cpu / count)}, wanted ${percent(targets.cpu)}` };
  return { need, reason: `${Math.round(rps / count)} requests/s an instance, wanted ${targets.rps}` };
}
