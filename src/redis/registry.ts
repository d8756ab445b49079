// The registry, heartbeats and the leader's lease on Redis, over the connections that the L2 has.

import { within } from "../base/deadline.ts";
import { DECISIONS_MAX, INSTANCES_MAX } from "../base/limits.ts";
import type { Lease, Registry, RegistryEntry, RegistryView } from "../cluster/registry.ts";
import type { RedisArgument, RedisConnection } from "./connection.ts";
import { locate, topologyOf } from "./endpoint.ts";
import type { RedisPool } from "./pool.ts";
import { REGISTRY_SCRIPTS } from "./registry-scripts.ts";
import type { RedisScript } from "./scripts.ts";

const INSTANCES = "cachee:instances";
// The tag is the registry's own name, so that a cluster keeps these in its slot.
const LEADER = `cachee:leader:{${INSTANCES}}`;
const TERM = `cachee:term:{${INSTANCES}}`;
const CONTROL = `cachee:control:{${INSTANCES}}`;
const DECISIONS = `cachee:decisions:{${INSTANCES}}`;
const heartbeatOf = (id: string) => `cachee:heartbeat:${id}`;

export interface RedisRegistryOptions {
  readonly urls: readonly string[];
  readonly pool: RedisPool;
  /** Bound on one call. */
  readonly timeoutMs: number;
}

export class RedisRegistry implements Registry {
  readonly #options: RedisRegistryOptions;
  readonly #isCluster: boolean;
  /** A cluster's connection for each key, for as long as it lives. */
  readonly #byKey = new Map<string, Promise<RedisConnection>>();

  constructor(options: RedisRegistryOptions) {
    this.#options = options;
    this.#isCluster = topologyOf(options.urls) === "cluster";
  }

  async beat(id: string, record: string, load: string, ttlMs: number): Promise<void> {
    // The heartbeat first: whoever sees the entry then sees that it lives.
    await this.#command(heartbeatOf(id), ["SET", heartbeatOf(id), load, "PX", String(ttlMs)]);
    await this.#command(INSTANCES, ["HSET", INSTANCES, id, record]);
  }

  async leave(id: string): Promise<void> {
    await this.#command(INSTANCES, ["HDEL", INSTANCES, id]);
    await this.#command(heartbeatOf(id), ["UNLINK", heartbeatOf(id)]);
  }

  async view(): Promise<RegistryView> {
    const keys = [INSTANCES, LEADER, CONTROL, DECISIONS];
    const reply = await this.#script(REGISTRY_SCRIPTS.view, keys, [String(DECISIONS_MAX)]);
    const [pairs, leader, control, decisions] = reply as readonly unknown[];
    const fields = (pairs as readonly unknown[]).slice(0, 2 * INSTANCES_MAX).map(String);
    const ids = fields.filter((_, i) => i % 2 === 0);
    const beats = await this.#heartbeats(ids);
    const entries = ids.map((id, i): RegistryEntry => {
      const { load, remainingMs } = beats[i]!;
      return { id, record: fields[2 * i + 1]!, load, remainingMs };
    });
    return {
      entries,
      leader: textOf(leader),
      control: textOf(control),
      decisions: (decisions as readonly unknown[]).map(String),
    };
  }

  async healthy(): Promise<number> {
    const reply = await this.#command(INSTANCES, ["HKEYS", INSTANCES]);
    const keys = (reply as readonly unknown[]).slice(0, INSTANCES_MAX).map((id) => heartbeatOf(String(id)));
    if (keys.length === 0) return 0;
    if (!this.#isCluster) return Number(await this.#command(INSTANCES, ["EXISTS", ...keys]));
    const found = await Promise.all(keys.map((key) => this.#command(key, ["EXISTS", key])));
    return found.reduce<number>((sum, count) => sum + Number(count), 0);
  }

  async lease(id: string, term: number | undefined, leaseMs: number): Promise<Lease> {
    const args = [id, term === undefined ? "" : String(term), String(leaseMs)];
    const reply = await this.#script(REGISTRY_SCRIPTS.lease, [LEADER, TERM], args);
    const [holder, held, remaining, granted] = reply as readonly unknown[];
    return {
      holder: String(holder),
      term: Number(String(held)),
      remainingMs: Math.max(0, Number(remaining)),
      isGranted: Number(granted) === 1,
    };
  }

  async release(id: string, term: number): Promise<void> {
    await this.#script(REGISTRY_SCRIPTS.release, [LEADER], [id, String(term)]);
  }

  async reap(id: string, term: number, dead: readonly string[]): Promise<boolean> {
    return this.#fenced(REGISTRY_SCRIPTS.reap, INSTANCES, [id, String(term), ...dead]);
  }

  async decide(id: string, term: number, decision: string): Promise<boolean> {
    return this.#fenced(REGISTRY_SCRIPTS.decide, DECISIONS, [
      id,
      String(term),
      decision,
      String(DECISIONS_MAX),
    ]);
  }

  async report(id: string, term: number, control: string, ttlMs: number): Promise<boolean> {
    return this.#fenced(REGISTRY_SCRIPTS.report, CONTROL, [id, String(term), control, String(ttlMs)]);
  }

  async #fenced(script: RedisScript, key: string, args: readonly string[]): Promise<boolean> {
    return Number(await this.#script(script, [LEADER, key], args)) === 1;
  }

  #heartbeats(ids: readonly string[]): Promise<readonly Pick<RegistryEntry, "load" | "remainingMs">[]> {
    return Promise.all(
      ids.map(async (id) => {
        const key = heartbeatOf(id);
        const [load, remaining] = await Promise.all([
          this.#command(key, ["GET", key]),
          this.#command(key, ["PTTL", key]),
        ]);
        return { load: textOf(load), remainingMs: Math.max(0, Number(remaining)) };
      }),
    );
  }

  #command(key: string, args: readonly RedisArgument[]): Promise<unknown> {
    return this.#bounded(key, (connection) => connection.command(args));
  }

  #script(script: RedisScript, keys: readonly string[], args: readonly string[]): Promise<unknown> {
    return this.#bounded(keys[0]!, (connection) => connection.script(script, keys, args));
  }

  #bounded<T>(key: string, work: (connection: RedisConnection) => Promise<T>): Promise<T> {
    const run = async () => work(await this.#connection(key));
    return within(this.#options.timeoutMs, "the registry", run());
  }

  #connection(key: string): Promise<RedisConnection> {
    const name = this.#isCluster ? key : "";
    let connection = this.#byKey.get(name);
    if (connection === undefined) {
      const forget = () => {
        if (this.#byKey.get(name) === connection) this.#byKey.delete(name);
      };
      connection = this.#connect(key, forget);
      connection.catch(forget);
      if (this.#byKey.size >= INSTANCES_MAX) this.#byKey.clear();
      this.#byKey.set(name, connection);
    }
    return connection;
  }

  async #connect(key: string, onClosed: () => void): Promise<RedisConnection> {
    const { urls, pool } = this.#options;
    return pool.get(await locate(urls, key), onClosed);
  }
}

function textOf(reply: unknown): string | undefined {
  return reply === null || reply === undefined || reply === false ? undefined : String(reply);
}
