// Pub/sub between processes: workers of one instance without Redis, and instances with workers over one.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { SUBSCRIPTION_MESSAGES_BYTES_MAX } from "../../src/base/limits.ts";
import { ChannelLink } from "../../src/workers/channels/channel-link.ts";
import { ChannelRelay } from "../../src/workers/channels/channel-relay.ts";
import type { ToWorker } from "../../src/workers/messages.ts";
import { SECRET, startCachee, type CacheeProcess } from "../support/cachee-process.ts";
import { freePort, startRedis, type RedisServer } from "../support/redis.ts";
import { RespConnection } from "../support/resp-connection.ts";
import { until } from "../support/until.ts";

interface Member {
  readonly process: CacheeProcess;
  readonly port: number;
}

async function member(env: Record<string, string>): Promise<Member> {
  const port = await freePort();
  const process = await startCachee({ CACHEE_RESP_PORT: String(port), CACHEE_LOG: "error", ...env });
  await process.ready();
  return { process, port };
}

const open = (port: number) => RespConnection.open(port, SECRET);

/** A subscriber of `kind`, and the payloads that it has heard, in order. */
async function subscriber(port: number, kind: "SUBSCRIBE" | "PSUBSCRIBE", name: string) {
  const connection = await open(port);
  expect(await connection.ask(kind, name)).toStartWith("*3\r\n");
  const heard: string[] = [];
  const listen = async () => {
    for (;;) {
      const parts = (await connection.reply()).toString("latin1").split("\r\n");
      heard.push(parts.at(-2)!);
    }
  };
  listen().catch(() => {});
  return { connection, heard };
}

/** Messages of several publishers reach subscribers of all members: each once, and all of them in one order. */
async function everybodyHears(ports: readonly number[]): Promise<void> {
  const subscribers = await Promise.all(
    ports.flatMap((port) =>
      Array.from({ length: 4 }, (_, i) =>
        i % 2 === 0 ? subscriber(port, "SUBSCRIBE", "news") : subscriber(port, "PSUBSCRIBE", "n[de]ws"),
      ),
    ),
  );
  const publishers = await Promise.all([...ports, ...ports].map(open));
  const publish = async (connection: RespConnection, name: string) => {
    for (let i = 0; i < 50; i++)
      expect(await connection.ask("PUBLISH", "news", `${name} ${i}`)).toMatch(/^:\d/);
    await connection.ask("PUBLISH", "other", "unheard");
  };
  await Promise.all(publishers.map((connection, i) => publish(connection, String(i))));
  const all = publishers.length * 50;
  await until(() => subscribers.every(({ heard }) => heard.length >= all));
  const [first] = subscribers;
  expect(new Set(first!.heard).size).toBe(all);
  for (const { heard } of subscribers) expect(heard).toEqual(first!.heard);
  for (const { connection } of subscribers) connection.close();
  for (const publisher of publishers) publisher.close();
}

test("workers without Redis hear one another's messages", async () => {
  const { process, port } = await member({ CACHEE_WORKERS: "2" });
  await everybodyHears([port]);
  await process.stop();
}, 60_000);

describe("over Redis", () => {
  let redis: RedisServer;
  const env = () => ({ CACHEE_REDIS_URL: `${redis.url}/3` });

  beforeAll(async () => {
    redis = await startRedis();
  });

  afterAll(() => redis.stop());

  test("instances and their workers hear one another's messages, other databases' do not", async () => {
    const members = await Promise.all([
      member({ ...env(), CACHEE_WORKERS: "2" }),
      member(env()),
      member({ CACHEE_REDIS_URL: redis.url }),
    ]);
    const [many, one, foreign] = members;
    const stranger = await subscriber(foreign!.port, "PSUBSCRIBE", "*");
    await everybodyHears([many!.port, one!.port]);
    const own = await open(foreign!.port);
    expect(await own.ask("PUBLISH", "a", "own")).toBe(":1\r\n");
    await until(() => stranger.heard.length > 0);
    expect(stranger.heard).toEqual(["own"]);
    const channels = await Bun.$`redis-cli -p ${redis.port} pubsub channels`.text();
    expect(channels).toContain("cachee:pubsub@3");
    // What is published there by hand and is no message is nothing.
    for (const text of ["", "x", "\u007f\u007f{}"]) {
      await Bun.$`redis-cli -p ${redis.port} publish cachee:pubsub@0 ${text}`.quiet();
    }
    expect(await own.ask("PUBLISH", "a", "more")).toBe(":1\r\n");
    await until(() => stranger.heard.length > 1);
    for (const { process } of members) await process.stop();
  }, 60_000);

  test("when Redis goes subscribers are cut and nobody publishes into the void; when it comes all works again", async () => {
    const { process, port } = await member(env());
    const before = await subscriber(port, "SUBSCRIBE", "news");
    const publisher = await open(port);
    expect(await publisher.ask("PUBLISH", "news", "1")).toBe(":1\r\n");
    await redis.kill();
    await before.connection.closed();
    expect(before.heard).toEqual(["1"]);
    expect(await publisher.ask("PUBLISH", "news", "2")).toStartWith("-ERR the shared cache does not answer");
    const late = await open(port);
    expect(await late.ask("SUBSCRIBE", "news")).toStartWith("-ERR the shared cache does not answer");
    await redis.restart();
    await until(async () => (await late.ask("SUBSCRIBE", "news")).startsWith("*3"));
    await until(async () => (await publisher.ask("PUBLISH", "news", "3")) === ":1\r\n");
    expect((await late.reply()).toString()).toContain("message");
    await process.stop();
  }, 60_000);
});

test("a worker that takes nothing in is owed a bounded number of bytes, then told that it missed messages", async () => {
  const relay = new ChannelRelay();
  const sent: ToWorker[] = [];
  const port = { send: (message: ToWorker) => void sent.push(message) };
  const link = new ChannelLink((message) => relay.serve(port, message));
  const joining = link.join();
  sent.splice(0).forEach((message) => link.receive(message));
  expect(await joining).toBe(true);
  let lost = 0;
  link.listen({ onMessage: () => {}, onLost: () => void (lost += 1) });
  const payload = new Uint8Array(SUBSCRIPTION_MESSAGES_BYTES_MAX / 4);
  for (let i = 0; i < 6; i++) void link.publish("a", payload);
  expect(sent.filter(({ type }) => type === "published").length).toBe(3);
  sent.splice(0).forEach((message) => link.receive(message));
  expect(lost).toBe(1);
  void link.publish("a", payload);
  expect(sent.map(({ type }) => type)).toEqual(["channels_done"]);
  const again = link.join();
  sent.splice(0).forEach((message) => link.receive(message));
  expect(await again).toBe(true);
  void link.publish("a", payload);
  expect(sent.map(({ type }) => type)).toEqual(["published", "channels_done"]);
});
