// Hashes and sets: Redis's own answers to generated sequences, changes that are one step over several instances, and
// what the other lanes see of them.

import { afterAll, beforeAll, expect, test } from "bun:test";
import fc from "fast-check";
import { Redis } from "ioredis";
import { startRedis, type RedisServer } from "../support/redis.ts";
import { encodeCommand, RespConnection } from "../support/resp-connection.ts";
import { startRespServer, type RespServer } from "../support/resp-server.ts";
import { until } from "../support/until.ts";
import { collectionCommand } from "./collections.arbitrary.ts";
import type { Words } from "./commands.arbitrary.ts";

const SECRET = "a-secret-of-the-collection-tests";
const KEYS = { CACHEE_API_KEYS: `default:read+write+admin=${SECRET},http:read=${SECRET}-http` };
/** Sequences for each protocol; more of them: CACHEE_TEST_RUNS=5000. */
const RUNS = Number(process.env["CACHEE_TEST_RUNS"] ?? 150);

let redis: RedisServer;
let cachee: RespServer;

beforeAll(async () => {
  [redis, cachee] = await Promise.all([startRedis(["--requirepass", SECRET]), startRespServer(KEYS)]);
});
afterAll(async () => void (await Promise.all([redis?.stop(), cachee?.stop()])));

async function answers(port: number, protocol: string, commands: readonly Words[]): Promise<string[]> {
  const connection = await RespConnection.open(port, SECRET);
  try {
    await connection.ask("HELLO", protocol);
    await connection.ask("FLUSHALL");
    connection.socket.write(Buffer.concat(commands.map(encodeCommand)));
    const replies: string[] = [];
    for (const _ of commands) replies.push((await connection.reply()).toString("latin1"));
    return replies;
  } finally {
    connection.close();
  }
}

test.each(["2", "3"])(
  "answers are Redis's own in RESP%s",
  async (protocol) => {
    await fc.assert(
      fc.asyncProperty(fc.array(collectionCommand, { minLength: 1, maxLength: 40 }), async (commands) => {
        const [theirs, ours] = await Promise.all([
          answers(redis.port, protocol, commands),
          answers(cachee.respPort, protocol, commands),
        ]);
        expect(ours).toEqual(theirs);
      }),
      { numRuns: RUNS },
    );
  },
  120_000,
);

test("members and fields come whole, whatever bytes they are", async () => {
  const client = new Redis(cachee.respPort, { password: SECRET });
  try {
    const members = Array.from({ length: 300 }, (_, i) => `member ${i}`);
    expect(await client.sadd("many", ...members)).toBe(300);
    expect((await client.smembers("many")).sort()).toEqual([...members].sort());
    expect((await client.sscan("many", 0, "MATCH", "*9"))[1].length).toBe(30);
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
    await client.hset("binary", bytes, bytes);
    expect(await client.hgetBuffer("binary", bytes)).toEqual(bytes);
    const tooLarge = client.hset("binary", "f", "v".repeat(9_000_000)).catch((error: Error) => error.message);
    expect(await tooLarge).toContain("ERR");
    expect(await client.hlen("binary")).toBe(1);
  } finally {
    client.disconnect();
  }
});

test("OBJECT ENCODING is what Redis's defaults make of a collection's size, FREQ ranks what is read", async () => {
  const both = await Promise.all(
    [redis.port, cachee.respPort].map((port) => RespConnection.open(port, SECRET)),
  );
  const ask = async (...words: string[]) => {
    const [theirs, ours] = await Promise.all(both.map((client) => client.ask(...words)));
    expect(`${words[0]} ${words[1]} ${words.length}: ${ours}`).toBe(
      `${words[0]} ${words[1]} ${words.length}: ${theirs}`,
    );
    return ours!;
  };
  const many = (count: number) => Array.from({ length: count }, (_, i) => [`f${i}`, "v"]).flat();
  await ask("HSET", "small", ...many(512));
  await ask("HSET", "large", ...many(513));
  await ask("HSET", "long", "f", "v".repeat(65));
  await ask("SADD", "integers", ...many(256).map((_, i) => String(i)));
  await ask("SADD", "names", "n".repeat(65));
  for (const key of ["small", "large", "long", "integers", "names", "absent"]) {
    await ask("OBJECT", "ENCODING", key);
    await ask("OBJECT", "REFCOUNT", key);
  }
  const [theirs, ours] = both as [RespConnection, RespConnection];
  await ours.ask("SET", "hot", "v");
  for (let i = 0; i < 1_000; i++) await ours.ask("GET", "hot");
  expect(await ours.ask("OBJECT", "FREQ", "hot")).toMatch(/^:2\d\d/);
  expect(await ours.ask("OBJECT", "HELP")).toContain("ENCODING");
  theirs.close();
  ours.close();
});

test("a change is one step over two instances, and is seen by the other", async () => {
  const url = `redis://:${SECRET}@127.0.0.1:${redis.port}`;
  const instances = await Promise.all(
    [1, 2].map(() => startRespServer({ ...KEYS, CACHEE_REDIS_URL: url, CACHEE_L2_TIMEOUT_MS: "5000" })),
  );
  for (const { url: origin } of instances) {
    await until(async () => (await fetch(`${origin}/health/ready`)).status === 200);
  }
  const clients = instances.map(({ respPort }) => new Redis(respPort, { password: SECRET }));
  try {
    const steps = Array.from({ length: 100 }, (_, i) =>
      Promise.all([
        clients[i % 2]!.hincrby("shared", "count", 1),
        clients[(i + 1) % 2]!.sadd("shared-set", `m${i}`),
        clients[i % 2]!.hset("shared", `field ${i}`, i),
      ]),
    );
    await Promise.all(steps);
    expect(await clients[0]!.hget("shared", "count")).toBe("100");
    expect(await clients[1]!.hlen("shared")).toBe(101);
    expect(await clients[1]!.scard("shared-set")).toBe(100);
    expect(await clients[0]!.expire("shared", 1_000)).toBe(1);
    await clients[1]!.hset("shared", "another", 1);
    expect(await clients[0]!.ttl("shared")).toBeGreaterThan(900);
  } finally {
    for (const client of clients) client.disconnect();
    await Promise.all(instances.map((instance) => instance.stop()));
  }
}, 60_000);
