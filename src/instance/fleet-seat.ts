// An instance's place in its fleet, wired: what it measures, how it joins, what it shows of the others, how it leaves.

import { messageOf } from "../base/bug.ts";
import { networkInterfaces } from "node:os";
import { version } from "../../package.json";
import { systemClock } from "../base/clock.ts";
import { within } from "../base/deadline.ts";
import { DRAIN_NOTICE_MS_MAX, HOT_CHARS_MAX, HOT_KEYS_MAX, HOT_MS, WARM_MS_MAX } from "../base/limits.ts";
import type { Log } from "../base/log.ts";
import type { Settings } from "../base/settings.ts";
import { systemTimers } from "../base/timers.ts";
import { createScaler } from "../cluster/create-scaler.ts";
import { Fleet } from "../cluster/fleet.ts";
import { fleetViewOf } from "../cluster/fleet-view.ts";
import { LoadMeter, type Load } from "../cluster/load.ts";
import type { Member } from "../cluster/member.ts";
import { RecentLatency } from "../cluster/recent-latency.ts";
import type { Registry } from "../cluster/registry.ts";
import { hottestOf, readAll } from "../cluster/warm-up.ts";
import { jsonReply } from "../http/reply/json-reply.ts";
import type { GatherReport } from "../observe/report.ts";
import type { Store } from "../store/store.ts";

export interface FleetSeatOptions<M> {
  readonly settings: Settings;
  readonly store: Store<M>;
  /** None: the instance is alone. */
  readonly registry: Registry | undefined;
  readonly gather: GatherReport;
  readonly workers: number;
  /** One worker of an instance beats for all of them. */
  readonly beats: boolean;
  readonly log: Log;
}

const PERCENT = 100;
/** Asked for again within so long, an instance outside any registry tells the load that it told before, ms. */
const RECENT_MS_MAX = 1_000;
/** The hottest keys are looked for again after so many heartbeats at the latest. */
const HOT_HEARTBEATS = 8;

export class FleetSeat<M> {
  readonly #options: FleetSeatOptions<M>;
  readonly #meter: LoadMeter;
  readonly #latency = new RecentLatency();
  #member: Member;
  #fleet: Fleet | undefined;
  #last: { readonly load: Load; readonly atMs: number } | undefined;
  #hot: { readonly keys: readonly string[]; readonly atMs: number } | undefined;

  constructor(options: FleetSeatOptions<M>) {
    this.#options = options;
    const { settings, workers } = options;
    this.#meter = new LoadMeter(workers);
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

  /** Fills L1 with what the fleet reads most; takes WARM_MS_MAX at the most, and never rejects. */
  async warmUp(): Promise<void> {
    const { registry, store, log } = this.#options;
    if (registry === undefined) return;
    const beganMs = systemClock.nowMs();
    const { engine } = store;
    const goesOn = () => {
      const { bytes, bytesMax } = engine.stats();
      return systemClock.nowMs() - beganMs < WARM_MS_MAX && bytes < bytesMax / 2;
    };
    const read = async (key: string) => (await store.read(key, systemClock.nowMs())).kind === "found";
    const warm = async () => readAll(hottestOf(await registry.view()), read, goesOn);
    try {
      const found = await within(WARM_MS_MAX, "the warm-up", warm());
      log.info("warmed_up", { entries: found, ms: Math.round(systemClock.nowMs() - beganMs) });
    } catch (thrown) {
      log.warn("not_warmed_up", { reason: messageOf(thrown) });
    }
  }

  listens(port: number): void {
    this.#member = { ...this.#member, port };
  }

  /** Enters the registry and, where it is to, stands for election. */
  async join(): Promise<void> {
    const { settings, registry, beats, log } = this.#options;
    if (registry === undefined || !beats) return;
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
      measure: () => this.#measure(),
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
    if (registry !== undefined) await Bun.sleep(Math.min(settings.heartbeatMs, DRAIN_NOTICE_MS_MAX));
  }

  /** The answer to GET /instances. */
  async instances(): Promise<Response> {
    const { registry, log } = this.#options;
    if (registry !== undefined) {
      try {
        return jsonReply(fleetViewOf(await registry.view()));
      } catch (thrown) {
        log.debug("registry_unreachable", { reason: messageOf(thrown) });
      }
    }
    const { hot: _, ...load } = await this.#recent();
    const alone = { ...this.#member, role: "member", ageMs: 0, load };
    return jsonReply({ instances: [alone], decisions: [], control: null });
  }

  /** The load of a moment ago. */
  async #recent(): Promise<Load> {
    const last = this.#last;
    if (last !== undefined && systemClock.nowMs() - last.atMs < RECENT_MS_MAX) return last.load;
    return this.#measure();
  }

  async #measure(): Promise<Load> {
    const report = await this.#options.gather();
    const { traffic } = report;
    const engine = report.engineStats();
    let requests = 0;
    for (const count of traffic.requests().values()) requests += count;
    const counters = {
      requests,
      hits: traffic.l1Hits + traffic.hitsL2,
      misses: traffic.misses,
      p99Us: this.#latency.p99Us([traffic.fast.state, traffic.cold.state]),
      l1Bytes: engine.bytes,
      l1BytesMax: engine.bytesMax,
      cpuSeconds: report.process().cpuSeconds,
    };
    const atMs = systemClock.nowMs();
    const load = this.#meter.measure(counters, atMs, this.#hottest());
    this.#last = { load, atMs };
    return load;
  }

  /** The hottest keys of a little while ago, as many as a heartbeat may carry. */
  #hottest(): readonly string[] {
    const nowMs = systemClock.nowMs();
    const hotMs = Math.min(HOT_MS, HOT_HEARTBEATS * this.#options.settings.heartbeatMs);
    if (this.#hot !== undefined && nowMs - this.#hot.atMs < hotMs) return this.#hot.keys;
    const keys: string[] = [];
    let chars = 0;
    for (const key of this.#options.store.engine.hottest(HOT_KEYS_MAX, nowMs)) {
      chars += key.length;
      if (chars > HOT_CHARS_MAX) break;
      keys.push(key);
    }
    this.#hot = { keys, atMs: nowMs };
    return keys;
  }
}

/** Where others reach this instance: its own address, unless it listens on all of the machine's. */
function advertisedHost(host: string): string {
  if (host !== "0.0.0.0" && host !== "::") return host;
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return all.find(({ internal, family }) => !internal && family === "IPv4")?.address ?? host;
}
