// DUMP and RESTORE: generated values moved to a real redis-server and back, damaged payloads refused as Redis refuses them.

import { afterAll, beforeAll, expect, test } from "bun:test";
import fc from "fast-check";
import { startRedis, type RedisServer } from "../support/redis.ts";
import { RespConnection } from "../support/resp-connection.ts";
import { startRespServer, type RespServer } from "../support/resp-server.ts";

const SECRET = "a-secret-of-the-dump-tests";
const RUNS = Number(process.env["CACHEE_TEST_RUNS"] ?? 100);
let redis: RedisServer;
let cachee: RespServer;
let theirs: RespConnection;
let ours: RespConnection;

beforeAll(async () => {
  [redis, cachee] = await Promise.all([
    startRedis(["--requirepass", SECRET]),
    startRespServer({ CACHEE_API_KEYS: `default:read+write+admin=${SECRET}` }),
  ]);
  [theirs, ours] = (await Promise.all(
    [redis.port, cachee.respPort].map((port) => RespConnection.open(port, SECRET)),
  )) as [RespConnection, RespConnection];
});
afterAll(async () => {
  theirs?.close();
  ours?.close();
  await Promise.all([redis?.stop(), cachee?.stop()]);
});

/** The bytes of a bulk string. */
async function bulk(client: RespConnection, ...words: (string | Uint8Array)[]): Promise<Buffer> {
  client.send(...words);
  const reply = await client.reply();
  expect(reply[0]).toBe("$".charCodeAt(0));
  return Buffer.from(reply.subarray(reply.indexOf("\r\n") + 2, reply.length - 2));
}

const integer = fc.oneof(
  fc.integer({ min: -300, max: 300 }),
  fc.integer(),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
);
const text = fc.oneof(
  { weight: 3, arbitrary: integer.map(String) },
  { weight: 2, arbitrary: fc.uint8Array({ maxLength: 100 }) },
  // What Redis compresses, with copies near and far.
  {
    weight: 3,
    arbitrary: fc
      .tuple(fc.string({ minLength: 1, maxLength: 30 }), fc.integer({ min: 1, max: 700 }))
      .map(([part, times]) => part.repeat(times)),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom("", "0", "-0", "01", "1".repeat(63), "x".repeat(64), "y".repeat(16_384)),
  },
);
const few = fc.uniqueArray(text, {
  minLength: 1,
  maxLength: 12,
  selector: (item) => Buffer.from(item).toString("latin1"),
});
const many = fc
  .integer({ min: 100, max: 700 })
  .map((count) => Array.from({ length: count }, (_, i) => `member ${i}`));

const added = (members: readonly (string | Uint8Array)[]) => ["SADD", "k", ...members];

const fill: fc.Arbitrary<(string | Uint8Array)[]> = fc.oneof(
  { weight: 4, arbitrary: text.map((value) => ["SET", "k", value]) },
  { weight: 3, arbitrary: few.map((fields) => ["HSET", "k", ...fields.flatMap((field) => [field, field])]) },
  { weight: 1, arbitrary: many.map((fields) => ["HSET", "k", ...fields.flatMap((field) => [field, "v"])]) },
  { weight: 2, arbitrary: few.map(added) },
  { weight: 1, arbitrary: many.map(added) },
  {
    weight: 2,
    arbitrary: fc.uniqueArray(integer.map(String), { minLength: 1, maxLength: 20 }).map(added),
  },
);

/** All there is of the key `k`, whatever its type, in no order. */
async function contents(client: RespConnection): Promise<string> {
  const type = await client.ask("TYPE", "k");
  const command = type.startsWith("+hash") ? "HGETALL" : type.startsWith("+set") ? "SMEMBERS" : "GET";
  const reply = await client.ask(command, "k");
  const items = reply.slice(0, -"\r\n".length).split(/\r\n(?=\$)/);
  return type + (command === "GET" ? reply : items.sort().join());
}

test("values go to Redis and come from it as they are", async () => {
  await fc.assert(
    fc.asyncProperty(fill, async (command) => {
      for (const [from, to] of [
        [ours, theirs],
        [theirs, ours],
      ] as const) {
        await Promise.all([from.ask("DEL", "k"), to.ask("DEL", "k")]);
        await from.ask(...command);
        const payload = await bulk(from, "DUMP", "k");
        expect(await to.ask("RESTORE", "k", "0", payload)).toBe("+OK\r\n");
        expect(await contents(to)).toBe(await contents(from));
      }
    }),
    { numRuns: RUNS },
  );
}, 120_000);

test("a damaged payload changes nothing, whatever byte of it is another", async () => {
  for (const command of [
    ["SET", "k", "a text that repeats ".repeat(20)],
    ["HSET", "k", "f", "v", "g", "12345"],
    ["SADD", "k", "1", "2", "70000"],
  ]) {
    await theirs.ask("DEL", "k");
    await theirs.ask(...command);
    const payload = await bulk(theirs, "DUMP", "k");
    await ours.ask("DEL", "k");
    for (let at = 0; at < payload.length; at++) {
      const damaged = Buffer.from(payload);
      damaged[at]! ^= 1 + (at % 255);
      expect(await ours.ask("RESTORE", "k", "0", damaged)).toBe(
        "-ERR DUMP payload version or checksum are wrong\r\n",
      );
      // Without a checksum the bytes themselves are looked at.
      damaged.fill(0, damaged.length - 8);
      await ours.ask("RESTORE", "k", "0", damaged);
      expect(await ours.ask("PING")).toBe("+PONG\r\n");
      await ours.ask("DEL", "k");
    }
    for (let size = 0; size < payload.length; size++) {
      expect(await ours.ask("RESTORE", "k", "0", payload.subarray(0, size))).toStartWith("-ERR");
    }
  }
});

test("RESTORE's options and complaints are Redis's own", async () => {
  await theirs.ask("SET", "k", "v");
  const payload = await bulk(theirs, "DUMP", "k");
  const both = [];
  for (const client of [theirs, ours]) {
    const answers: string[] = [];
    const ask = async (...words: (string | Uint8Array)[]) => void answers.push(await client.ask(...words));
    await ask("DEL", "r");
    await ask("RESTORE", "r", "0", payload);
    await ask("RESTORE", "r", "0", payload);
    await ask("RESTORE", "r", "-1", payload);
    await ask("RESTORE", "r", "0", payload, "REPLACE");
    await ask("RESTORE", "r", "-1", payload, "REPLACE");
    await ask("RESTORE", "r", "x", payload, "REPLACE");
    await ask("RESTORE", "r", "100000", payload, "REPLACE");
    await ask("TTL", "r");
    await ask("RESTORE", "r", "4000000000000", payload, "replace", "absttl", "idletime", "10");
    await ask("PEXPIRETIME", "r");
    await ask("RESTORE", "r", "1", payload, "REPLACE", "ABSTTL");
    await ask("EXISTS", "r");
    await ask("RESTORE", "r", "0", payload, "FREQ", "256");
    await ask("RESTORE", "r", "0", payload, "FREQ", "x");
    await ask("RESTORE", "r", "0", payload, "IDLETIME", "-1");
    await ask("RESTORE", "r", "0", payload, "IDLETIME");
    await ask("RESTORE", "r", "0", payload, "NONSENSE");
    await ask("RESTORE", "r", "0", "nonsense");
    await ask("DUMP", "absent");
    both.push(answers);
  }
  expect(both[1]).toEqual(both[0]!);
});
