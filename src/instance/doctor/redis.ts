// What the doctor sees of the Redis that the settings name.

import { messageOf } from "../../base/bug.ts";
import { inspectRedis, type RedisInspection } from "../../redis/inspection.ts";
import type { Finding } from "./check.ts";

const VERSION_MIN = 7;
/** Clocks further apart make figures of lag useless, ms. */
const CLOCK_OFFSET_MS_MAX = 1_000;

export async function redisFindings(urls: readonly string[]): Promise<Finding[]> {
  if (urls.length === 0) {
    return [{ name: "Redis", state: "ok", detail: "none is configured: this server stands alone" }];
  }
  const all = await Promise.all(urls.map(findingsOf));
  return all.flat();
}

async function findingsOf(url: string): Promise<Finding[]> {
  const { host } = new URL(url);
  try {
    const inspection = await inspectRedis(url);
    return [
      version(host, inspection),
      role(host, inspection),
      eviction(host, inspection),
      rights(host, inspection),
    ].concat(clock(host, inspection));
  } catch (thrown) {
    const detail = `${host} was not reached: ${messageOf(thrown)}`;
    const advice = "look at address, firewall, TLS (rediss://) and password; until then every miss is a 503";
    return [{ name: "Redis", state: "fault", detail, advice }];
  }
}

function version(host: string, { version: text }: RedisInspection): Finding {
  const detail = `${host} is version ${text ?? "unknown"}`;
  if (text === undefined || Number.parseInt(text, 10) >= VERSION_MIN)
    return { name: "Redis", state: "ok", detail };
  return { name: "Redis", state: "fault", detail, advice: "Redis 7 or Valkey 8, or later, is needed" };
}

function role(host: string, { role: text }: RedisInspection): Finding {
  const detail = `${host} is a ${text ?? "server of unknown role"}`;
  if (text !== "slave") return { name: "Redis role", state: "ok", detail };
  const advice = "name the primary, or its Sentinel (redis://HOST:26379/?sentinel=NAME)";
  return { name: "Redis role", state: "fault", detail, advice };
}

function eviction(host: string, { maxmemoryPolicy, maxmemoryBytes }: RedisInspection): Finding {
  const name = "Redis memory";
  const detail = `${host}: maxmemory ${maxmemoryBytes ?? "unknown"}, policy ${maxmemoryPolicy ?? "unknown"}`;
  if (maxmemoryBytes === 0 || maxmemoryPolicy === undefined || !maxmemoryPolicy.startsWith("allkeys")) {
    return { name, state: "ok", detail };
  }
  const advice = "allkeys-* may evict the sequence, which empties every L1: use volatile-lru, or room enough";
  return { name, state: "warning", detail, advice };
}

function rights(host: string, { denied }: RedisInspection): Finding {
  const name = "Redis rights";
  if (denied.length === 0) return { name, state: "ok", detail: `${host}: all commands are allowed` };
  const advice = "allow them on ~cachee:* and &cachee:* (ACL SETUSER)";
  return { name, state: "fault", detail: `${host}: this user may not ${denied.join(", ")}`, advice };
}

function clock(host: string, { clockOffsetMs }: RedisInspection): Finding[] {
  if (clockOffsetMs === undefined) return [];
  const name = "Redis clock";
  const detail = `${host}: ${Math.round(clockOffsetMs)} ms from this machine's`;
  if (Math.abs(clockOffsetMs) <= CLOCK_OFFSET_MS_MAX) return [{ name, state: "ok", detail }];
  return [
    { name, state: "warning", detail, advice: "run NTP on both: expiry and figures of lag rely on clocks" },
  ];
}
