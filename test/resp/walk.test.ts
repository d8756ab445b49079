// SCAN, KEYS, DBSIZE and RANDOMKEY see the whole store, whichever worker or instance answers and whatever its L1 holds.

import { expect, test } from "bun:test";
import { freePort, startRedis } from "../support/redis.ts";
import { RespConnection } from "../support/resp-connection.ts";
import { until } from "../support/until.ts";
import { startRespServer, type RespServer } from "../support/resp-server.ts";

const KEYS = 700;

async function fill(server: RespServer): Promise<void> {
  const clients = await connectionsTo(server, 8);
  await until(async () => (await fetch(`${server.url}/health/ready`)).ok);
  for (let i = 0; i < KEYS; i++) clients[i % clients.length]!.send("SET", `w:${i}`, "v");
  for (let i = 0; i < KEYS; i++) {
    expect((await clients[i % clients.length]!.reply()).toString()).toBe("+OK\r\n");
  }
  await clients[0]!.ask("SET", "other", "v");
  for (const client of clients) client.close();
}

function connectionsTo(server: RespServer, count: number): Promise<RespConnection[]> {
  return Promise.all(Array.from({ length: count }, () => RespConnection.open(server.respPort, server.key)));
}

/** The keys of a whole walk whose every step is taken on the next of `clients`. */
async function walked(clients: readonly RespConnection[], ...options: string[]): Promise<Set<string>> {
  const found = new Set<string>();
  let cursor = "0";
  let step = 0;
  do {
    const lines = (await clients[step++ % clients.length]!.ask("SCAN", cursor, ...options)).split("\r\n");
    cursor = lines[2]!;
    for (let at = 5; at < lines.length - 1; at += 2) found.add(lines[at]!);
  } while (cursor !== "0");
  return found;
}

async function expectWholeStore(server: RespServer): Promise<void> {
  const clients = await connectionsTo(server, 4);
  await until(async () => (await fetch(`${server.url}/health/ready`)).ok);
  expect((await walked(clients)).size).toBe(KEYS + 1);
  expect((await walked(clients, "MATCH", "w:*", "COUNT", "100")).size).toBe(KEYS);
  expect(await walked(clients, "MATCH", "w:1?", "COUNT", "1000")).toEqual(
    new Set(Array.from({ length: 10 }, (_, i) => `w:1${i}`)),
  );
  for (const client of clients) {
    expect(await client.ask("DBSIZE")).toBe(`:${KEYS + 1}\r\n`);
    expect(await client.ask("KEYS", "w:6?")).toStartWith("*10\r\n");
    expect(await client.ask("RANDOMKEY")).toStartWith("$");
    expect(await client.ask("RANDOMKEY")).not.toBe("$-1\r\n");
    client.close();
  }
}

test("with workers", async () => {
  const server = await startRespServer({ CACHEE_WORKERS: "2", CACHEE_RESP_PORT: String(await freePort()) });
  try {
    await fill(server);
    await expectWholeStore(server);
  } finally {
    await server.stop();
  }
});

test("with Redis and partitions, on an instance whose L1 has none of it", async () => {
  const redis = await startRedis();
  const env = { CACHEE_REDIS_URL: redis.url, CACHEE_PARTITIONS: "3" };
  const servers: RespServer[] = [];
  try {
    for (let i = 0; i < 2; i++) servers.push(await startRespServer(env));
    await fill(servers[0]!);
    await expectWholeStore(servers[1]!);
  } finally {
    for (const server of servers) await server.stop();
    await redis.stop();
  }
});
