// The registry, heartbeats and the leader's lease on Redis, over the connections that the L2 has.

import { within } from "../base/deadline.ts";
import { DECISIONS_MAX, INSTANCES_MAX } from "../base/fleet-limits.ts";
import type { Lease, Registry, RegistryEntry, RegistryView } from "../cluster/registry.ts";
import type { RedisArgument, RedisConnection } from "./connection.ts";
import { locate, topologyOf } from "./endpoint.ts";
import type { RedisPool } from "./pool.ts";
import { countOf, listOf, textOf, textOrNone } from "./replies.ts";
import { REGISTRY_SCRIPTS } from "./scripts/registry.ts";
import type { RedisScript } from "./scripts/script.ts";

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
    const counts = [String(DECISIONS_MAX), String(INSTANCES_MAX)];
    const [, pairs, leader, control, decisions] = await this.#script(REGISTRY_SCRIPTS.view, keys, counts);
    const fields = fieldsOf(pairs);
    const ids = fields.map(([id]) => id);
    const beats = await this.#heartbeats(ids);
    const entries = fields.map(([id, record], i): RegistryEntry => {
      const { load, remainingMs } = beats[i]!;
      return { id, record, load, remainingMs };
    });
    return {
      entries,
      leader: textOrNone(leader),
      control: textOrNone(control),
      decisions: listOf(decisions).slice(0, DECISIONS_MAX).map(textOf),
    };
  }

  async healthy(): Promise<number> {
    const reply = await this.#command(INSTANCES, ["HKEYS", INSTANCES]);
    const keys = listOf(reply)
      .slice(0, INSTANCES_MAX)
      .map((id) => heartbeatOf(textOf(id)));
    if (keys.length === 0) return 0;
    if (!this.#isCluster) return countOf(await this.#command(INSTANCES, ["EXISTS", ...keys]));
    const found = await Promise.all(keys.map((key) => this.#command(key, ["EXISTS", key])));
    return found.reduce<number>((sum, count) => sum + countOf(count), 0);
  }

  async lease(id: string, term: number | undefined, leaseMs: number): Promise<Lease> {
    const args = [id, term === undefined ? "" : String(term), String(leaseMs)];
    const reply = await this.#script(REGISTRY_SCRIPTS.lease, [LEADER, TERM], args);
    const [, holder, held, remaining, granted] = reply;
    return {
      holder: textOf(holder),
      term: countOf(held),
      remainingMs: Math.max(0, Number(textOf(remaining)) || 0),
      isGranted: countOf(granted) === 1,
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
    const reply = await this.#script(script, [LEADER, key], args);
    return countOf(reply[1]) === 1;
  }

  #heartbeats(ids: readonly string[]): Promise<readonly Pick<RegistryEntry, "load" | "remainingMs">[]> {
    return Promise.all(
      ids.map(async (id) => {
        const key = heartbeatOf(id);
        const [load, remaining] = await Promise.all([
          this.#command(key, ["GET", key]),
          this.#command(key, ["PTTL", key]),
        ]);
        return { load: textOrNone(load), remainingMs: Math.max(0, Number(textOf(remaining)) || 0) };
      }),
    );
  }

  #command(key: string, args: readonly RedisArgument[]): Promise<unknown> {
    return this.#bounded(key, (connection) => connection.command(args));
  }

  #script(
    script: RedisScript,
    keys: readonly string[],
    args: readonly string[],
  ): Promise<readonly unknown[]> {
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
    return pool.get(await locate(urls, key), "commands", { onClosed, onDoubt: () => {} });
  }
}

/** Pairs of field and value, which RESP3 gives as a list, a list of pairs or a map. */
function fieldsOf(reply: unknown): (readonly [string, string])[] {
  const list =
    typeof reply === "object" && reply !== null && !Array.isArray(reply)
      ? Object.entries(reply).flat()
      : listOf(reply).flat();
  const fields: (readonly [string, string])[] = [];
  for (let i = 0; i + 1 < list.length && fields.length < INSTANCES_MAX; i += 2) {
    fields.push([textOf(list[i]), textOf(list[i + 1])]);
  }
  return fields;
}
