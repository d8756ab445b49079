// Looks at a Redis as an operator would: version, role, eviction, rights, clock. For the doctor; cold.

import { createClient } from "redis";
import { within } from "../base/deadline.ts";
import { CONNECT_MS_MAX } from "../base/limits.ts";

/** What a Redis says of itself; `undefined` where it says nothing or this user may not ask. */
export interface RedisInspection {
  readonly version: string | undefined;
  readonly role: string | undefined;
  readonly maxmemoryPolicy: string | undefined;
  readonly maxmemoryBytes: number | undefined;
  /** Its clock less this machine's, ms; as exact as half a round trip. */
  readonly clockOffsetMs: number | undefined;
  /** Commands that Cachee sends and this user may not. */
  readonly denied: readonly string[];
}

/** One of each kind that the scripts, the bus and the registry use, in a form that changes nothing. */
const PROBES: readonly (readonly string[])[] = [
  ["GET", "cachee:{0}:never"],
  ["HGETALL", "cachee:{0}:never"],
  ["EVAL", "return redis.call('TIME')", "0"],
  ["SCAN", "0", "MATCH", "cachee:{0}:never", "COUNT", "1"],
  ["UNLINK", "cachee:{0}:never"],
  ["PUBSUB", "NUMSUB", "cachee:invalidate"],
];

/** Asks the Redis at `url`. Rejects where it is not reached in time. */
export async function inspectRedis(url: string): Promise<RedisInspection> {
  const client = createClient({ url, socket: { connectTimeout: CONNECT_MS_MAX, reconnectStrategy: false } });
  client.on("error", () => {});
  const ask = async (...command: string[]): Promise<unknown> => {
    try {
      return await within(CONNECT_MS_MAX, command[0]!, client.sendCommand(command));
    } catch (thrown) {
      return thrown instanceof Error ? thrown : new Error(String(thrown));
    }
  };
  try {
    await within(CONNECT_MS_MAX, "the connection", client.connect());
    const server = String(await ask("INFO", "server"));
    const memory = String(await ask("INFO", "memory"));
    const replication = String(await ask("INFO", "replication"));
    const beforeMs = Date.now();
    const time = await ask("TIME");
    const afterMs = Date.now();
    const denied: string[] = [];
    for (const probe of PROBES) {
      const answer = await ask(...probe);
      if (answer instanceof Error && /NOPERM/.test(answer.message)) denied.push(probe[0]!);
    }
    const maxmemory = fieldOf(memory, "maxmemory");
    return {
      version: fieldOf(server, "redis_version"),
      role: fieldOf(replication, "role"),
      maxmemoryPolicy: fieldOf(memory, "maxmemory_policy"),
      maxmemoryBytes: maxmemory === undefined ? undefined : Number(maxmemory),
      clockOffsetMs: offsetOf(time, (beforeMs + afterMs) / 2),
      denied,
    };
  } finally {
    client.destroy();
  }
}

function fieldOf(info: string, name: string): string | undefined {
  return new RegExp(`^${name}:(.*?)\\r?$`, "m").exec(info)?.[1];
}

function offsetOf(time: unknown, ownMs: number): number | undefined {
  if (!Array.isArray(time)) return undefined;
  const ms = Number(time[0]) * 1_000 + Number(time[1]) / 1_000;
  return Number.isFinite(ms) ? ms - ownMs : undefined;
}
