// RESP over the workers of one instance: a pool of connections is one client, whichever worker each of them is with.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { freePort, startRedis, type RedisServer } from "../support/redis.ts";
import { encodeCommand, RespConnection } from "../support/resp-connection.ts";
import { startRespServer, type RespServer } from "../support/resp-server.ts";
import { until } from "../support/until.ts";

/** With two workers both have some of so many connections, but for once in 2^7 runs. */
const CONNECTIONS = 8;
const ROUNDS = 300;
const PIPELINED = 1_000;

describe.each(["alone", "over Redis"])("two workers %s", (kind) => {
  let redis: RedisServer;
  let server: RespServer;
  let pool: RespConnection[];

  beforeAll(async () => {
    redis = await startRedis();
    const shared: Record<string, string> = kind === "alone" ? {} : { CACHEE_REDIS_URL: redis.url };
    const respPort = String(await freePort());
    server = await startRespServer({ CACHEE_WORKERS: "2", CACHEE_RESP_PORT: respPort, ...shared });
    await until(async () => (await fetch(`${server.url}/health/ready`)).ok);
    pool = await Promise.all(
      Array.from({ length: CONNECTIONS }, () => RespConnection.open(server.respPort, server.key)),
    );
  });

  afterAll(async () => {
    for (const connection of pool) connection.close();
    await server.stop();
    await redis.stop();
  });

  test("what one connection wrote, was acknowledged, every other one reads", async () => {
    for (let i = 0; i < ROUNDS; i++) {
      const [writer, ...readers] = pool.slice(i % CONNECTIONS).concat(pool.slice(0, i % CONNECTIONS));
      const [words, value] = i % 3 === 0 ? [["INCR", "n"], undefined] : [["SET", "k", `v${i}`], `v${i}`];
      const reply = await writer!.ask(...words);
      const wanted = value ?? reply.slice(1, -2);
      const key = words[1]!;
      const answers = await Promise.all(readers.map((reader) => reader.ask("GET", key)));
      expect(new Set(answers)).toEqual(new Set([`$${wanted.length}\r\n${wanted}\r\n`]));
    }
  });

  test("commands that came before the client ended its side are done, in order, and answered", async () => {
    const client = await RespConnection.open(server.respPort, server.key);
    const commands = Array.from({ length: PIPELINED }, (_, i) => ["SET", `p${i % 50}`, String(i)]);
    client.socket.write(Buffer.concat(commands.map(encodeCommand)));
    client.endInput();
    for (const _ of commands) expect((await client.reply()).toString()).toBe("+OK\r\n");
    await client.closed();
    const last = await Promise.all(
      Array.from({ length: 50 }, (_, i) => pool[i % CONNECTIONS]!.ask("GET", `p${i}`)),
    );
    expect(last).toEqual(Array.from({ length: 50 }, (_, i) => `$3\r\n${PIPELINED - 50 + i}\r\n`));
  });
});
