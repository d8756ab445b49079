// An instance's membership in its fleet, composed: what it measures, how it joins, what it shows, how it leaves.

import { networkInterfaces } from "node:os";
import { version } from "../../package.json";
import { messageOf } from "../base/bug.ts";
import { systemClock } from "../base/clock.ts";
import { DRAIN_NOTICE_MS_MAX } from "../base/limits.ts";
import type { Log } from "../base/log.ts";
import type { Settings } from "../base/settings/settings.ts";
import { pause, systemTimers } from "../base/timers.ts";
import { createScaler } from "../cluster/scaling/create-scaler.ts";
import { Fleet } from "../cluster/fleet.ts";
import { fleetViewOf, type FleetView } from "../cluster/fleet-view.ts";
import { LoadProbe, type LoadSource, type SourceCounters } from "../cluster/load-probe.ts";
import type { Member } from "../cluster/member.ts";
import type { Registry } from "../cluster/registry.ts";
import { warmUp, type WarmTarget } from "../cluster/warm-up.ts";
import { histogramOf, valueOf, type Snapshot, type TakeSnapshot } from "../observe/snapshot.ts";
import type { Store } from "../store/store.ts";

export interface MembershipOptions {
  readonly settings: Settings;
  /** None: the instance is alone. */
  readonly registry: Registry | undefined;
  readonly load: LoadSource;
  readonly warm: WarmTarget;
  readonly workers: number;
  /** One worker of an instance sends the heartbeats of all of them. */
  readonly sendsHeartbeats: boolean;
  readonly log: Log;
}

const PERCENT = 100;

export class FleetMembership {
  readonly #options: MembershipOptions;
  readonly #probe: LoadProbe;
  #member: Member;
  #fleet: Fleet | undefined;

  constructor(options: MembershipOptions) {
    this.#options = options;
    const { settings, workers } = options;
    this.#probe = new LoadProbe(options.load, systemClock, workers, settings.heartbeatMs);
    this.#member = {
      id: settings.instanceId,
      host: advertisedHost(settings.host),
      port: settings.port,
      startedAt: new Date().toISOString(),
      version,
      workers,
      heartbeatMs: settings.heartbeatMs,
    };
  }

  /** Healthy instances of the fleet, this one among them. */
  get healthy(): number {
    return this.#fleet?.healthy ?? 1;
  }

  /** Fills L1 with what the fleet reads most; never rejects. */
  async warmUp(): Promise<void> {
    const { registry, warm, log } = this.#options;
    if (registry !== undefined) await warmUp(registry, warm, systemClock, log);
  }

  /** Enters the registry, reachable at `port`, and stands for election where it is to. */
  async join(port: number): Promise<void> {
    const { settings, registry, sendsHeartbeats, log } = this.#options;
    this.#member = { ...this.#member, port };
    if (registry === undefined || !sendsHeartbeats) return;
    const targets = {
      cpu: settings.scaleTargetCpu / PERCENT,
      rps: settings.scaleTargetRps,
      min: settings.scaleMin,
      max: settings.scaleMax,
    };
    const control = settings.controlPlane ? { scaler: await createScaler(settings), targets } : undefined;
    this.#fleet = new Fleet({
      member: this.#member,
      registry,
      measure: () => this.#probe.measure(),
      control,
      clock: systemClock,
      timers: systemTimers,
      log,
    });
    this.#fleet.start();
  }

  /** Leaves the registry; then gives balancers the time to see that the instance is not ready any more. */
  async leave(): Promise<void> {
    const { registry, settings } = this.#options;
    await this.#fleet?.leave();
    if (registry === undefined) return;
    await pause(systemTimers, Math.min(settings.heartbeatMs, DRAIN_NOTICE_MS_MAX));
  }

  /** The fleet as the registry has it; this instance alone where there is none, or where it cannot be reached. */
  async view(): Promise<FleetView> {
    const { registry, log } = this.#options;
    if (registry !== undefined) {
      try {
        return fleetViewOf(await registry.view());
      } catch (thrown) {
        log.debug("registry_unreachable", { reason: messageOf(thrown) });
      }
    }
    const { hot: _, ...load } = await this.#probe.recent();
    const alone = { ...this.#member, role: "member", ageMs: 0, load };
    const state = registry === undefined ? "none" : "unreachable";
    return { instances: [alone], decisions: [], control: null, registry: state };
  }
}

/** The load of an instance by its own figures. */
export function loadSource(takeSnapshot: TakeSnapshot, store: Store<unknown>): LoadSource {
  return {
    counters: async () => countersOf(await takeSnapshot()),
    hottest: (count, nowMs) => store.engine.hottest(count, nowMs),
  };
}

function countersOf(snapshot: Snapshot): SourceCounters {
  return {
    requests: valueOf(snapshot, "cachee_requests_total"),
    hits: valueOf(snapshot, "cachee_hits_total"),
    misses: valueOf(snapshot, "cachee_misses_total"),
    latency: histogramOf(snapshot, "cachee_request_duration_seconds"),
    l1Bytes: valueOf(snapshot, "cachee_l1_bytes"),
    l1BytesMax: valueOf(snapshot, "cachee_l1_bytes_max"),
    cpuSeconds: valueOf(snapshot, "process_cpu_seconds_total"),
  };
}

/** `store` as the warm-up fills it: up to half of L1. */
export function warmTarget(store: Store<unknown>): WarmTarget {
  return {
    read: async (key) => (await store.read(key, systemClock.nowMs())).kind === "found",
    isFull() {
      const { bytes, bytesMax } = store.engine.stats();
      return bytes >= bytesMax / 2;
    },
  };
}

/** Where others reach this instance: its own address, unless it listens on all of the machine's. */
function advertisedHost(host: string): string {
  if (host !== "0.0.0.0" && host !== "::") return host;
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return all.find(({ internal, family }) => !internal && family === "IPv4")?.address ?? host;
}
