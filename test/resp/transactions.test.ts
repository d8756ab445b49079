// MULTI, EXEC, DISCARD and WATCH: Redis's own answers over generated sequences, and nothing of what is refused is done.

import { afterAll, beforeAll, expect, test } from "bun:test";
import fc from "fast-check";
import { lateStore, type LateStore } from "../support/late-store.ts";
import { startRedis, type RedisServer } from "../support/redis.ts";
import { RespConnection } from "../support/resp-connection.ts";
import { startTestLane, type TestLane } from "../support/resp-lane.ts";

let redis: RedisServer;
let lane: TestLane;
let later: TestLane;
let late: LateStore<unknown>;

beforeAll(async () => {
  redis = await startRedis();
  lane = startTestLane({ keys: "app:read+write+admin=secret,ro:read=r,shop:read+write:shop/=s" });
  later = startTestLane({
    around(store) {
      const made = lateStore(store);
      late = made as LateStore<unknown>;
      return made.store;
    },
  });
});

afterAll(async () => {
  await Promise.all([lane.stop(), later.stop()]);
  await redis.stop();
});

interface Step {
  readonly by: "client" | "writer";
  readonly words: readonly string[];
}

const key = fc.constantFrom("a", "b", "c");
const plain = fc.oneof(
  fc.tuple(key, fc.constantFrom("1", "x")).map(([name, value]) => ["SET", name, value]),
  key.map((name) => ["INCR", name]),
  key.map((name) => ["GET", name]),
  // No DEL: a key that came and went since it was watched is unchanged here, and changed to Redis.
  fc.tuple(key, key).map(([one, two]) => ["MGET", one, two]),
  fc.constantFrom(["GET"], ["nonsense", "x"], ["PING"], ["SET", "a", "v", "XX", "NX"], ["RESET"]),
);
const control = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(["MULTI"], ["EXEC"]) },
  { weight: 1, arbitrary: fc.constantFrom(["DISCARD"], ["UNWATCH"], ["EXEC", "x"]) },
  {
    weight: 2,
    arbitrary: fc.array(key, { minLength: 1, maxLength: 2 }).map((keys) => ["WATCH"].concat(keys)),
  },
);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: control.map((words) => ({ by: "client" as const, words })) },
  {
    weight: 5,
    arbitrary: plain.filter(([name]) => name !== "RESET").map((words) => ({ by: "client" as const, words })),
  },
  { weight: 1, arbitrary: key.map((name) => ({ by: "writer" as const, words: ["SET", name, "w"] })) },
);

async function transcript(
  port: number,
  secret: string | undefined,
  steps: readonly Step[],
): Promise<string[]> {
  const [client, writer] = await Promise.all([
    RespConnection.open(port, secret),
    RespConnection.open(port, secret),
  ]);
  await writer.ask("FLUSHALL");
  const lines: string[] = [];
  for (const { by, words } of steps) {
    const answer = await (by === "client" ? client : writer).ask(...words);
    lines.push(`${by} ${words.join(" ")}: ${answer}`);
  }
  client.close();
  writer.close();
  return lines;
}

test("answers are Redis's own, whether the store answers at once or later", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 25 }), async (steps) => {
      const [theirs, ours, oursLater] = await Promise.all([
        transcript(redis.port, undefined, steps),
        transcript(lane.port, "secret", steps),
        transcript(later.port, "secret", steps),
      ]);
      expect(ours).toEqual(theirs);
      expect(oursLater).toEqual(theirs);
    }),
    { numRuns: 150 },
  );
});

test("a transaction with a command that is refused does nothing", async () => {
  const admin = await RespConnection.open(lane.port, "secret");
  await admin.ask("FLUSHALL");
  for (const [secret, bad] of [
    ["secret", ["NOSUCH"]],
    ["secret", ["SET", "only-a-key"]],
    ["secret", ["SET", "k".repeat(513), "v"]],
    ["s", ["GET", "other"]],
    ["r", ["SET", "shop/k", "v"]],
  ] as const) {
    const client = await RespConnection.open(lane.port, secret);
    expect(await client.ask("MULTI")).toBe("+OK\r\n");
    if (secret !== "r") expect(await client.ask("SET", "shop/k", "v")).toBe("+QUEUED\r\n");
    expect(await client.ask(...bad)).toStartWith("-");
    expect(await client.ask("EXEC")).toStartWith("-EXECABORT ");
    expect(await client.ask("PING")).toBe("+PONG\r\n");
    client.close();
  }
  expect(await admin.ask("DBSIZE")).toBe(":0\r\n");
});

test("what a transaction queues is bounded", async () => {
  const client = await RespConnection.open(lane.port, "secret");
  await client.ask("MULTI");
  const value = Buffer.alloc(1_000_000);
  const replies: string[] = [];
  for (let i = 0; i < 20; i++) replies.push(await client.ask("SET", "big", value));
  expect(replies[0]).toBe("+QUEUED\r\n");
  expect(replies.at(-1)).toStartWith("-ERR overloaded");
  expect(await client.ask("EXEC")).toStartWith("-EXECABORT ");
  expect(await client.ask("EXISTS", "big")).toBe(":0\r\n");
});

test("a watched key that another writes while the transaction runs is not overwritten", async () => {
  const client = await RespConnection.open(later.port, "secret");
  const writer = await RespConnection.open(later.port, "secret");
  await writer.ask("FLUSHALL");
  await writer.ask("SET", "stock", "5");
  await client.ask("WATCH", "stock");
  await client.ask("MULTI");
  await client.ask("SET", "stock", "4");
  late.between = () => {
    late.between = () => {};
    later.store.write("stock", {
      body: Buffer.from("0"),
      contentType: "application/octet-stream",
      cacheControl: undefined,
      ttlMs: undefined,
      tags: [],
    });
  };
  expect(await client.ask("EXEC")).toBe("*-1\r\n");
  expect(await client.ask("GET", "stock")).toBe("$1\r\n0\r\n");
});
