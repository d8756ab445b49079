// CACHEE.VERSION and CACHEE.MINVERSION: what one instance wrote, another reads, from the moment it is acknowledged.

import { expect, test } from "bun:test";
import { startRedis } from "../support/redis.ts";
import { RespConnection } from "../support/resp-connection.ts";
import { startRespServer, type RespServer } from "../support/resp-server.ts";
import { until } from "../support/until.ts";
import { startTestLane } from "../support/resp-lane.ts";

const bulk = (reply: string) => reply.split("\r\n")[1]!;

test("a connection reads nothing older than the version that it was given", async () => {
  const redis = await startRedis();
  const servers: RespServer[] = [];
  try {
    for (let i = 0; i < 2; i++) servers.push(await startRespServer({ CACHEE_REDIS_URL: redis.url }));
    const [writer, reader] = await Promise.all(
      servers.map(({ respPort, key }) => RespConnection.open(respPort, key)),
    );
    for (const client of [writer!, reader!])
      await until(async () => (await client.ask("GET", "k")) === "$-1\r\n");
    expect(await writer!.ask("CACHEE.VERSION")).toBe("$-1\r\n");
    const reads = [
      ["GET", "k"],
      ["MGET", "k"],
      ["STRLEN", "k"],
      ["EXISTS", "k"],
    ];
    for (let round = 0; round < 50; round++) {
      const value = "v".repeat(round + 1);
      expect(await writer!.ask("SET", "k", value)).toBe("+OK\r\n");
      const version = bulk(await writer!.ask("CACHEE.VERSION"));
      expect(version).toMatch(/^[\w-]+\.\d+$/);
      reader!.send("CACHEE.MINVERSION", version);
      for (const words of reads) reader!.send(...words);
      expect((await reader!.reply()).toString()).toBe("+OK\r\n");
      const answer = `$${value.length}\r\n${value}\r\n`;
      for (const expected of [answer, `*1\r\n${answer}`, `:${value.length}\r\n`, ":1\r\n"]) {
        expect((await reader!.reply()).toString()).toBe(expected);
      }
    }
    await writer!.ask("INCR", "n");
    const counted = bulk(await writer!.ask("CACHEE.VERSION"));
    await writer!.ask("DEL", "n");
    expect(bulk(await writer!.ask("CACHEE.VERSION"))).not.toBe(counted);
    expect(await reader!.ask("CACHEE.MINVERSION", "nonsense")).toStartWith("-ERR the version is not");
    expect(await reader!.ask("CACHEE.MINVERSION", "none")).toBe("+OK\r\n");
  } finally {
    for (const server of servers) await server.stop();
    await redis.stop();
  }
});

test("without an L2 there is nothing to wait for", async () => {
  const lane = startTestLane();
  const client = await RespConnection.open(lane.port, "secret");
  await client.ask("SET", "k", "v");
  expect(await client.ask("CACHEE.VERSION")).toBe("$-1\r\n");
  expect(await client.ask("CACHEE.MINVERSION", "some-epoch.7")).toBe("+OK\r\n");
  expect(await client.ask("GET", "k")).toBe("$1\r\nv\r\n");
  await lane.stop();
});
