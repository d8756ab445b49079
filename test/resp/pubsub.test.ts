// Pub/sub as Redis has it: the same answers and messages over generated sequences, bounds, rights, and real clients.

import { afterAll, beforeAll, expect, test } from "bun:test";
import fc from "fast-check";
import { Redis } from "ioredis";
import { createClient } from "redis";
import { InFlight } from "../../src/base/in-flight.ts";
import { SUBSCRIPTIONS_MAX } from "../../src/base/limits.ts";
import { startRedis, type RedisServer } from "../support/redis.ts";
import { encodeCommand, RespConnection } from "../support/resp-connection.ts";
import { startTestLane, type TestLane } from "../support/resp-lane.ts";
import { until } from "../support/until.ts";
import { pubsubStep, type Step } from "./pubsub.arbitrary.ts";

const KEYS = "app:read+write+admin=secret,ro:read=r,wo:write=w,shop:read+write:shop/=s,star:read:a*/=star";
let redis: RedisServer;
let lane: TestLane;

beforeAll(async () => {
  redis = await startRedis();
  lane = startTestLane({ keys: KEYS });
});

afterAll(async () => {
  await lane.stop();
  await redis.stop();
});

/** Redis lists channels, and unsubscribes from all of them, in no order of its own; and patterns are told in none. */
const inNoOrder = (replies: readonly string[]) => replies.join("").split("\r\n").sort();

const isCommand = (words: readonly (string | Uint8Array)[], ...names: string[]) =>
  names.includes(String(words[0]).toLowerCase());

async function transcript(
  port: number,
  secret: string | undefined,
  protocol: string,
  steps: readonly Step[],
): Promise<unknown[]> {
  const [subscriber, publisher] = await Promise.all([
    RespConnection.open(port, secret),
    RespConnection.open(port, secret),
  ]);
  try {
    await publisher.ask("FLUSHALL");
    await subscriber.ask("HELLO", protocol);
    const lines: unknown[] = [];
    for (const [i, { by, words }] of steps.entries()) {
      const told: string[] = [];
      let answer = "";
      if (by === "publisher") {
        answer = await publisher.ask(...words);
        if (isCommand(words, "pubsub", "exec")) answer = answer.split("\r\n").sort().join(" ");
      } else {
        subscriber.send(...words);
      }
      // What the subscriber is sent, up to the answer to a PING of its own that nothing else is like.
      const end = `end ${i}`;
      subscriber.send("PING", end);
      for (;;) {
        const reply = (await subscriber.reply()).toString("latin1");
        told.push(reply);
        if (reply.includes(end) || reply.startsWith("+QUEUED")) {
          if (reply.includes(end) || told.length === (by === "subscriber" ? 2 : 1)) break;
        }
      }
      const isUnordered = words.length === 1 || by === "publisher" || isCommand(words, "exec");
      lines.push(`${by} ${words.map((word) => Buffer.from(word).toString("latin1")).join(" ")}`, answer);
      lines.push(isUnordered ? inNoOrder(told) : told);
    }
    return lines;
  } finally {
    subscriber.close();
    publisher.close();
  }
}

/** Without transactions of the subscriber, whose EXEC answers are looked at by a test of their own. */
const isPlain = ({ by, words }: Step) => by === "publisher" || !isCommand(words, "multi", "exec", "discard");

for (const protocol of ["2", "3"]) {
  test(`answers and messages are Redis's own in RESP${protocol}`, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(pubsubStep, { minLength: 3, maxLength: 25 }), async (given) => {
        const steps = given.filter(isPlain);
        const theirs = await transcript(redis.port, undefined, protocol, steps);
        const ours = await transcript(lane.port, "secret", protocol, steps);
        expect(ours).toEqual(theirs);
      }),
      { numRuns: 100 },
    );
  }, 120_000);
}

test("within a transaction answers are Redis's own", async () => {
  const commands = [
    ["MULTI"],
    ["SUBSCRIBE", "a", "b"],
    ["PING"],
    ["GET", "k"],
    ["UNSUBSCRIBE", "b"],
    ["EXEC"],
    ["MULTI"],
    ["PSUBSCRIBE", "a*"],
    ["UNSUBSCRIBE", "a"],
    ["PUNSUBSCRIBE", "a*"],
    ["MULTI"],
    ["PUBLISH", "none", "x"],
    ["EXEC"],
    ["SUBSCRIBE", "a"],
    ["CLIENT", "ID"],
    ["RESET"],
  ];
  const bytes = async (port: number, secret: string | undefined, protocol: string) => {
    const client = await RespConnection.open(port, secret);
    await client.ask("HELLO", protocol);
    const chunks: Buffer[] = [];
    client.socket.on("data", (chunk: Buffer) => chunks.push(chunk));
    client.socket.write(
      Buffer.concat(commands.filter((words) => words[0] !== "CLIENT" || protocol === "2").map(encodeCommand)),
    );
    await until(() => Buffer.concat(chunks).includes("+RESET"));
    client.close();
    return Buffer.concat(chunks).toString("latin1");
  };
  for (const protocol of ["2", "3"]) {
    expect(await bytes(lane.port, "secret", protocol)).toBe(await bytes(redis.port, undefined, protocol));
  }
});

test("a message for its own publisher comes after the answer, and before that of an UNSUBSCRIBE behind it", async () => {
  const client = await RespConnection.open(lane.port, "secret");
  await client.ask("HELLO", "3");
  client.socket.write(
    Buffer.concat(
      [["SUBSCRIBE", "a"], ["PUBLISH", "a", "x"], ["UNSUBSCRIBE", "a"], ["PING"]].map(encodeCommand),
    ),
  );
  const replies: string[] = [];
  for (let i = 0; i < 5; i++) replies.push((await client.reply()).toString());
  expect(replies).toEqual([
    ">3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1\r\n",
    ":1\r\n",
    ">3\r\n$7\r\nmessage\r\n$1\r\na\r\n$1\r\nx\r\n",
    ">3\r\n$11\r\nunsubscribe\r\n$1\r\na\r\n:0\r\n",
    "+PONG\r\n",
  ]);
  client.close();
});

test("rights: read subscribes, write publishes, a prefix bounds channels and patterns", async () => {
  const client = async (secret: string) => {
    const opened = await RespConnection.open(lane.port, secret);
    await opened.ask("HELLO", "3");
    return opened;
  };
  const [reader, writer, shop, star, app] = await Promise.all(["r", "w", "s", "star", "secret"].map(client));
  expect(await reader!.ask("PUBLISH", "a", "x")).toStartWith("-NOPERM ");
  expect(await writer!.ask("SUBSCRIBE", "a")).toStartWith("-NOPERM ");
  expect(await writer!.ask("PSUBSCRIBE", "a")).toStartWith("-NOPERM ");
  expect(await writer!.ask("PUBSUB", "CHANNELS")).toStartWith("-NOPERM ");
  for (const words of [
    ["SUBSCRIBE", "shop/a", "other"],
    ["PSUBSCRIBE", "*"],
    ["PSUBSCRIBE", "shop?a"],
    ["PSUBSCRIBE", "[s]hop/*"],
    ["PUBLISH", "other", "x"],
    ["PUBSUB", "NUMSUB", "other"],
  ]) {
    expect(await shop!.ask(...words)).toStartWith(
      "-NOPERM this user has no permissions to access one of the channels",
    );
  }
  expect(await star!.ask("PSUBSCRIBE", "a*/x")).toStartWith("-NOPERM ");
  expect(await star!.ask("PSUBSCRIBE", "a\\*/x")).toStartWith(">3\r\n");
  expect(await app!.ask("SUBSCRIBE", "other")).toStartWith(">3\r\n");
  expect(await shop!.ask("PSUBSCRIBE", "shop/*")).toStartWith(">3\r\n");
  expect(await shop!.ask("PUBSUB", "CHANNELS")).toBe("*0\r\n");
  expect(await shop!.ask("PUBSUB", "NUMPAT")).toBe(":1\r\n");
  expect(await app!.ask("PUBLISH", "shop/a", "x")).toBe(":1\r\n");
  expect((await shop!.reply()).toString()).toContain("shop/a");
  for (const each of [reader, writer, shop, star, app]) each!.close();
});

test("a subscriber whose key was narrowed is cut, and hears nothing more", async () => {
  const own = startTestLane({ keys: KEYS });
  const subscriber = await RespConnection.open(own.port, "r");
  const allowed = await RespConnection.open(own.port, "r");
  await subscriber.ask("PSUBSCRIBE", "*");
  await allowed.ask("SUBSCRIBE", "shop/a");
  own.exchange("app:read+write+admin=secret,ro:read:shop/=r");
  await subscriber.closed();
  expect(own.connections.cuts.get("revoked")).toBe(1);
  const writer = await RespConnection.open(own.port, "secret");
  expect(await writer.ask("PUBLISH", "shop/a", "x")).toBe(":1\r\n");
  expect((await allowed.reply()).toString()).toContain("message");
  await own.stop();
});

test("subscriptions are bounded, and what is refused is not done", async () => {
  const client = await RespConnection.open(lane.port, "secret");
  const names = Array.from({ length: SUBSCRIPTIONS_MAX + 1 }, (_, i) => `n${i}`);
  expect(await client.ask("SUBSCRIBE", ...names)).toStartWith("-ERR more than");
  expect(await client.ask("UNSUBSCRIBE", ...names)).toStartWith("-ERR more than");
  expect(await client.ask("SUBSCRIBE", "a", "x".repeat(1_025))).toStartWith(
    "-ERR a channel or pattern is longer",
  );
  const long = Array.from({ length: 300 }, (_, i) => `${i}`.padEnd(1_000, "x"));
  expect(await client.ask("PSUBSCRIBE", ...long)).toStartWith("-ERR more than");
  expect(await client.ask("PUBLISH", "x".repeat(1_025), "")).toStartWith(
    "-ERR a channel or pattern is longer",
  );
  expect(await client.ask("PUBLISH", "a", "x".repeat(1024 * 1024 + 1))).toStartWith("-ERR the ");
  expect(await client.ask("PUBSUB", "CHANNELS", "*")).toBe("*0\r\n");
  expect(await client.ask("PUBSUB", "NUMPAT")).toBe(":0\r\n");
  client.close();
});

test("a subscriber that takes nothing is cut, others go on, and everything is given back", async () => {
  const inFlight = new InFlight();
  const own = startTestLane({ keys: KEYS, inFlight });
  const [slow, quick, writer] = await Promise.all(
    ["r", "secret", "secret"].map((secret) => RespConnection.open(own.port, secret)),
  );
  await Promise.all([slow!.ask("SUBSCRIBE", "a"), quick!.ask("PSUBSCRIBE", "*")]);
  slow!.socket.pause();
  const payload = Buffer.alloc(900_000, "x");
  let sent = 0;
  while (own.connections.open === 3 && sent < 300) {
    expect(await writer!.ask("PUBLISH", "a", payload)).toMatch(/^:[12]\r\n$/);
    expect((await quick!.reply()).length).toBeGreaterThan(payload.length);
    sent += 1;
  }
  expect(own.connections.cuts.get("pushes") ?? own.connections.cuts.get("overloaded")).toBe(1);
  expect(await writer!.ask("PUBLISH", "a", "x")).toBe(":1\r\n");
  await quick!.reply();
  for (const client of [slow, quick, writer]) client!.close();
  await until(() => own.connections.open === 0);
  expect(inFlight.bytes).toBe(0);
  await own.stop();
});

test("node-redis and ioredis subscribe and publish", async () => {
  for (const RESP of [2, 3] as const) {
    const url = `redis://default:secret@127.0.0.1:${lane.port}`;
    const subscriber = createClient({ RESP, url });
    const publisher = createClient({ RESP, url });
    await Promise.all([subscriber.connect(), publisher.connect()]);
    const heard: string[] = [];
    await subscriber.subscribe("news", (text, name) => heard.push(`${name} ${text}`));
    await subscriber.pSubscribe("n*", (text, name) => heard.push(`by pattern ${name} ${text}`));
    expect(await publisher.publish("news", "1")).toBe(2);
    await until(() => heard.length === 2);
    expect(heard.sort()).toEqual(["by pattern news 1", "news 1"]);
    await subscriber.unsubscribe("news");
    await subscriber.pUnsubscribe();
    expect(await publisher.publish("news", "2")).toBe(0);
    await Promise.all([subscriber.close(), publisher.close()]);
  }
  const [subscriber, publisher] = [1, 2].map(() => new Redis({ port: lane.port, password: "secret" }));
  const heard: string[] = [];
  subscriber!.on("message", (name, text) => heard.push(`${name} ${text}`));
  subscriber!.on("pmessage", (by, name, text) => heard.push(`${by} ${name} ${text}`));
  expect(await subscriber!.subscribe("x", "y")).toBe(2);
  expect(await subscriber!.psubscribe("x*")).toBe(3);
  expect(await publisher!.publish("x", "1")).toBe(2);
  await until(() => heard.length === 2);
  expect(heard.sort()).toEqual(["x 1", "x* x 1"]);
  expect(await publisher!.pubsub("NUMSUB", "x")).toEqual(["x", 1]);
  await Promise.all([subscriber!.quit(), publisher!.quit()]);
});
