// A tier on Redis servers of a test's own, and what its bus hears.

import { silentLog } from "../../src/base/log.ts";
import type { BusConnection, BusListener } from "../../src/coherence/bus.ts";
import { encodeRecord } from "../../src/record/record.ts";
import { createRedisTier, type RedisTier } from "../../src/redis/tier.ts";
import { startRedis, type RedisServer } from "./redis.ts";
import { until } from "./until.ts";

/** What is to be stopped when a test is over, the latest first: `stopLeftovers`. */
export const LEFTOVERS: (() => Promise<unknown>)[] = [];

export async function stopLeftovers(): Promise<void> {
  for (const stop of LEFTOVERS.splice(0).toReversed()) await stop();
}

export async function started(args: readonly string[] = []): Promise<RedisServer> {
  const server = await startRedis(args);
  LEFTOVERS.push(() => server.stop());
  return server;
}

export async function cli(server: RedisServer, ...args: string[]): Promise<string> {
  const child = Bun.spawn(["redis-cli", "-p", String(server.port), ...args], { stdout: "pipe" });
  return (await new Response(child.stdout).text()).trim();
}

export async function tierOn(url: string): Promise<RedisTier> {
  const tier = createRedisTier({ urls: [url], partitions: 1, l2TimeoutMs: 2_000, log: silentLog });
  LEFTOVERS.push(() => tier.close());
  tier.start();
  await until(() => tier.isUp);
  return tier;
}

const draft = (body: string) => {
  const parts = { contentType: "t", cacheControl: undefined, tags: [], expiresAtWallMs: 0, n: 0, hash: 0n };
  return encodeRecord({ ...parts, variants: [new TextEncoder().encode(body)] });
};
export const set = (key: string, record = draft("x")) => ({
  key,
  record,
  origin: "o",
  notAfterMs: Number.POSITIVE_INFINITY,
  condition: undefined,
  ttlMs: Number.POSITIVE_INFINITY,
  staleMs: 0,
});

/** Messages and the end of one bus. */
export async function heard(tier: RedisTier) {
  const state = { messages: [] as string[], doubts: [] as string[] };
  const listener: BusListener = {
    onMessage: (message) => void state.messages.push(message),
    onClosed: () => {},
    onDoubt: (reason) => void state.doubts.push(reason),
  };
  const connection: BusConnection = await tier.links[0]!.bus.open(listener);
  return { state, connection };
}
