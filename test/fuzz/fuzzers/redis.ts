// Fuzzes what comes from Redis: a server whose Redis answers otherwise than it should, asked over HTTP meanwhile.

import { createHash } from "node:crypto";
import { seededRandom } from "../../cache/support/random.ts";
import { startRedis } from "../../support/redis.ts";
import { until } from "../../support/until.ts";
import { FUZZ_PREFIX, FUZZ_SECRET, FuzzedServer } from "../support/fuzzed-server.ts";
import type { Fuzzer } from "../support/fuzzer.ts";
import { HostileProxy } from "../support/hostile-proxy.ts";
import { below, oneOf } from "../support/mutate.ts";

const KEYS = 30;
const RATES = [0.002, 0.01, 0.05];
/** How long Redis is honest before each check, at most: the server has to find back by itself. */
const RECOVERY_MS_MAX = 20_000;
const STATUSES = new Set([200, 201, 204, 404, 412, 429, 503]);

/** Two of these differ in about half of their digits: no damage makes one of another. */
const markOf = (key: string) => createHash("sha1").update(key).digest("hex");
const MARKS = new Map(
  Array.from({ length: KEYS }, (_, i) => [markOf(`${FUZZ_PREFIX}${i}`), `${FUZZ_PREFIX}${i}`]),
);

export async function redisFuzzer(seed: number): Promise<Fuzzer> {
  const redis = await startRedis();
  const proxy = await HostileProxy.start(redis.port, seededRandom(seed));
  const server = await FuzzedServer.start({
    CACHEE_REDIS_URL: proxy.url,
    CACHEE_HEARTBEAT_MS: "250",
    CACHEE_CONTROL_PLANE: "on",
  });
  const recover = async () => {
    proxy.rate = 0;
    await until(
      async () => (await server.ask("/cache/honest/probe", { method: "PUT", body: "x" })).ok,
      RECOVERY_MS_MAX,
    );
  };
  await recover();
  await server.check();
  return {
    folders: ["redis", "coherence", "store", "store/shared", "cluster", "record"],
    async run(random) {
      proxy.rate = oneOf(random, RATES);
      const { path, init, key } = requestOf(random);
      // The bytes of a value may be damaged, so that no client could unpack them.
      const headers = { "accept-encoding": "identity", ...(init.headers as object) };
      const answer = await server.ask(path, { ...init, headers }, FUZZ_SECRET);
      const body = await answer.text();
      if (!STATUSES.has(answer.status)) throw new Error(`${init.method} ${path}: ${answer.status} ${body}`);
      const owner = init.method === "GET" && answer.status === 200 ? MARKS.get(body.slice(0, 40)) : undefined;
      if (key !== undefined && owner !== undefined && owner !== key)
        throw new Error(`${key} has the value of ${owner}`);
      return [`${init.method} ${path.split("/")[1]} ${answer.status}`];
    },
    async check() {
      await recover();
      await server.check();
    },
    figures: () =>
      `${proxy.damaged} answers of Redis damaged; the honest client waited ${server.honestMsMax.toFixed(0)} ms at most`,
    async stop() {
      proxy.rate = 0;
      try {
        return await server.stop();
      } finally {
        await proxy.stop();
        await redis.stop();
      }
    },
  };
}

interface FuzzRequest {
  readonly path: string;
  readonly init: {
    readonly method: string;
    readonly body?: string;
    readonly headers?: Record<string, string>;
  };
  /** What a GET asks for. */
  readonly key?: string;
}

function requestOf(random: () => number): FuzzRequest {
  const key = `${FUZZ_PREFIX}${below(random, KEYS)}`;
  const path = `/cache/${key}`;
  const kind = random();
  const post = (to: string, body: object) => ({
    path: to,
    init: { method: "POST", body: JSON.stringify(body) },
  });
  if (kind < 0.4) return { path, init: { method: "GET" }, key };
  if (kind < 0.5) return { path, init: { method: "GET", headers: { "x-lease-wait": "20" } }, key };
  if (kind < 0.75) {
    const body = markOf(key) + "x".repeat(below(random, 2_000));
    return { path, init: { method: "PUT", body, headers: { "cache-tag": "a,b", "x-ttl": "60" } } };
  }
  if (kind < 0.85) return { path, init: { method: "DELETE" } };
  const keys = Array.from({ length: 3 }, () => `${FUZZ_PREFIX}${below(random, KEYS)}`);
  if (kind < 0.95) return post("/batch", { get: keys, set: [{ key, value: markOf(key) }] });
  return post("/invalidate", random() < 0.5 ? { keys } : { prefix: FUZZ_PREFIX });
}
