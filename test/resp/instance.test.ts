// Commands on the server speak of the whole instance, whichever of its workers a connection is with.

import { afterAll, beforeAll, expect, test } from "bun:test";
import { describeKinds } from "../support/instance-kinds.ts";
import { RespConnection } from "../support/resp-connection.ts";
import { freePort } from "../support/redis.ts";
import { startRespServer, type RespServer } from "../support/resp-server.ts";
import { until } from "../support/until.ts";

const SECRET = "a-secret-of-the-instance-tests";
const KEYS = `default:read+write+admin=${SECRET},shop:read+write:shop/=${SECRET}-shop`;
const CONNECTIONS_MAX = 64;

describeKinds((_where, env) => {
  let server: RespServer;
  /** Connections with as many workers as there are, at most one with each. */
  let clients: RespConnection[];
  let ids: string[];

  /** A connection with each worker. */
  async function openEach(workers: number, secret = SECRET): Promise<RespConnection[]> {
    const byProcess = new Map<string, RespConnection>();
    for (let i = 0; byProcess.size < workers && i < CONNECTIONS_MAX; i++) {
      const client = await RespConnection.open(server.respPort, secret);
      const process = field(await client.ask("INFO", "server"), "process_id");
      if (byProcess.has(process)) client.close();
      else byProcess.set(process, client);
    }
    return [...byProcess.values()];
  }

  const workers = () => Number(env()["CACHEE_WORKERS"] ?? 1);

  beforeAll(async () => {
    const CACHEE_RESP_PORT = String(await freePort());
    server = await startRespServer({ CACHEE_API_KEYS: KEYS, CACHEE_RESP_PORT, ...env() });
    await until(async () => (await fetch(`${server.url}/health/ready`)).ok);
    clients = await openEach(workers());
    expect(clients.length).toBe(workers());
    ids = await Promise.all(clients.map(async (client) => (await client.ask("CLIENT", "ID")).slice(1, -2)));
  });
  afterAll(async () => {
    for (const client of clients) client.close();
    await server.stop();
  });

  const askAll = (...words: string[]) => Promise.all(clients.map((client) => client.ask(...words)));

  test("CLIENT LIST has every connection, each under a number of its own", async () => {
    expect(new Set(ids).size).toBe(ids.length);
    for (const list of await askAll("CLIENT", "LIST")) {
      const listed = idsIn(list);
      expect(new Set(listed).size).toBe(listed.length);
      expect(listed).toEqual(expect.arrayContaining(ids));
    }
    for (const list of await askAll("CLIENT", "LIST", "ID", ...ids))
      expect(idsIn(list).sort()).toEqual([...ids].sort());
    const shop = await openEach(workers(), `${SECRET}-shop`);
    for (const client of shop) expect(idsIn(await client.ask("CLIENT", "LIST")).length).toBe(shop.length);
    for (const client of shop) client.close();
  });

  test("CLIENT KILL reaches every connection, by its number, its address and its key", async () => {
    const operator = clients[0]!;
    for (const victim of await openEach(workers())) {
      expect(
        await operator.ask("CLIENT", "KILL", "ID", (await victim.ask("CLIENT", "ID")).slice(1, -2)),
      ).toBe(":1\r\n");
      await victim.closed();
    }
    for (const victim of await openEach(workers())) {
      expect(await operator.ask("CLIENT", "KILL", `127.0.0.1:${victim.socket.localPort}`)).toBe("+OK\r\n");
      await victim.closed();
    }
    const shop = await openEach(workers(), `${SECRET}-shop`);
    expect(await operator.ask("CLIENT", "KILL", "USER", "shop", "TYPE", "normal")).toBe(
      `:${shop.length}\r\n`,
    );
    for (const victim of shop) await victim.closed();
    expect(await operator.ask("CLIENT", "KILL", "ID", ids[0]!)).toBe(":0\r\n");
  });

  test("CLIENT PAUSE holds commands of every connection until UNPAUSE", async () => {
    const [operator] = clients;
    expect(await operator!.ask("CLIENT", "PAUSE", "60000", "WRITE")).toBe("+OK\r\n");
    for (const [i, client] of clients.entries()) client.send("SET", `paused${i}`, "v");
    const blocked = await openEach(workers());
    for (const client of blocked) {
      await until(
        async () => field(await client.ask("INFO", "clients"), "blocked_clients") === String(workers()),
      );
      expect(await client.ask("EXISTS", "paused0", "paused1")).toBe(":0\r\n");
    }
    // The operator's own connection waits as well.
    expect(await blocked.at(-1)!.ask("CLIENT", "UNPAUSE")).toBe("+OK\r\n");
    for (const client of clients) expect((await client.reply()).toString()).toBe("+OK\r\n");
    for (const client of blocked) client.close();
  });

  test("INFO's figures are of all workers, and CONFIG RESETSTAT has them all begin anew", async () => {
    const connected = (await clients[0]!.ask("CLIENT", "LIST")).match(/^id=/gm)!.length;
    await askAll("CONFIG", "RESETSTAT");
    await Promise.all(clients.map((client, i) => client.ask("SET", `info${i}`, "v")));
    for (const client of clients) for (let i = 0; i < 5; i++) await client.ask("HLEN", "none");
    await askAll("HLEN");
    for (const info of await askAll("INFO", "everything")) {
      expect(field(info, "cmdstat_hlen")).toContain(`calls=${5 * workers()},`);
      expect(field(info, "cmdstat_hlen")).toContain(`rejected_calls=${workers()},`);
      expect(field(info, "errorstat_ERR")).toBe(`count=${workers()}`);
      expect(field(info, "latency_percentiles_usec_hlen")).toStartWith("p50=");
      expect(field(info, "connected_clients")).toBe(String(connected));
      expect(Number(field(info, "total_commands_processed"))).toBeGreaterThanOrEqual(7 * workers());
      // Of a budget that the workers share each says the whole.
      expect(Number(field(info, "maxmemory"))).toBe(64 * 1_024 ** 2);
    }
  });

  test("CONFIG SET is in force in every worker, or in none", async () => {
    expect(await clients[0]!.ask("CONFIG", "SET", "slowlog-max-len", "77")).toBe("+OK\r\n");
    const refused = await clients[0]!.ask("CONFIG", "SET", "slowlog-max-len", "78", "port", "1");
    expect(refused).toStartWith("-ERR CONFIG SET failed");
    for (const told of await askAll("CONFIG", "GET", "slowlog-max-len")) expect(told).toContain("\r\n77\r\n");
  });
});

const idsIn = (list: string) => [...list.matchAll(/^id=(\d+) /gm)].map(([, id]) => id!);

function field(info: string, name: string): string {
  return new RegExp(`^${name}:(.*)\r$`, "m").exec(info)?.[1] ?? "";
}
