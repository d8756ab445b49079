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
    // Those that were closed above go from the list once their worker knows.
    for (const client of shop) {
      await until(async () => idsIn(await client.ask("CLIENT", "LIST")).length === shop.length);
    }
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
    const killed = await operator.ask("CLIENT", "KILL", "USER", "shop", "TYPE", "normal");
    expect(Number(killed.slice(1))).toBeGreaterThanOrEqual(shop.length);
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
    for (const client of clients) {
      await until(
        async () => field(await client.ask("INFO", "clients"), "connected_clients") === String(workers()),
      );
    }
    await askAll("CONFIG", "RESETSTAT");
    await Promise.all(clients.map((client, i) => client.ask("SET", `info${i}`, "v")));
    for (const client of clients) for (let i = 0; i < 5; i++) await client.ask("HLEN", "none");
    await askAll("HLEN");
    for (const info of await askAll("INFO", "everything")) {
      expect(field(info, "cmdstat_hlen")).toContain(`calls=${5 * workers()},`);
      expect(field(info, "cmdstat_hlen")).toContain(`rejected_calls=${workers()},`);
      expect(field(info, "errorstat_ERR")).toBe(`count=${workers()}`);
      expect(field(info, "latency_percentiles_usec_hlen")).toStartWith("p50=");
      expect(field(info, "connected_clients")).toBe(String(workers()));
      expect(Number(field(info, "total_commands_processed"))).toBeGreaterThanOrEqual(7 * workers());
      // Of a budget that the workers share each says the whole.
      expect(Number(field(info, "maxmemory"))).toBe(64 * 1_024 ** 2);
    }
  });

  test("SLOWLOG, LATENCY and MEMORY STATS tell of all workers, and are reset in all", async () => {
    const [operator] = clients;
    await operator!.ask("CONFIG", "SET", "slowlog-log-slower-than", "0");
    await askAll("SLOWLOG", "RESET");
    for (const [i, client] of clients.entries()) await client.ask("HLEN", `slow${i}`);
    await operator!.ask("CONFIG", "SET", "slowlog-log-slower-than", "-1");
    for (const log of await askAll("SLOWLOG", "GET", "-1")) {
      const numbers = [...log.matchAll(/\*6\r\n:(\d+)\r\n/g)].map(([, number]) => number);
      expect(new Set(numbers).size).toBe(numbers.length);
      expect([...log.matchAll(/slow\d/g)].map(([key]) => key).sort()).toEqual(
        clients.map((_, i) => `slow${i}`),
      );
    }
    for (const count of await askAll("SLOWLOG", "LEN"))
      expect(Number(count.slice(1))).toBeGreaterThan(workers());
    await operator!.ask("SLOWLOG", "RESET");
    for (const count of await askAll("SLOWLOG", "LEN")) expect(count).toBe(":0\r\n");
    const calls = (histogram: string) => /calls\r\n:(\d+)/.exec(histogram)?.[1];
    await operator!.ask("CONFIG", "RESETSTAT");
    await askAll("HLEN", "measured");
    for (const told of await askAll("LATENCY", "HISTOGRAM", "hlen"))
      expect(calls(told)).toBe(String(workers()));
    await operator!.ask("CONFIG", "SET", "latency-monitor-threshold", "1");
    await operator!.ask("EVAL", "local n = 0 for i = 1, 400000 do n = n + 1 end", "0");
    for (const latest of await askAll("LATENCY", "LATEST")) expect(latest).toContain("command");
    for (const history of await askAll("LATENCY", "HISTORY", "command")) expect(history).not.toBe("*0\r\n");
    await operator!.ask("CONFIG", "SET", "latency-monitor-threshold", "0");
    expect(await clients.at(-1)!.ask("LATENCY", "RESET")).toBe(":1\r\n");
    for (const latest of await askAll("LATENCY", "LATEST")) expect(latest).toBe("*0\r\n");
    for (const stats of await askAll("MEMORY", "STATS")) {
      expect(stats).toContain(`dataset.bytes-max\r\n:${64 * 1_024 ** 2}\r\n`);
    }
  });

  test("a worker that does not answer is left out, and a supervisor that brings nothing is not waited for", async () => {
    if (workers() === 1) return;
    const [first, second] = clients;
    const other = Number(field(await first!.ask("INFO", "server"), "process_id"));
    for (const pid of [other, server.pid]) {
      process.kill(pid, "SIGSTOP");
      try {
        expect(idsIn(await second!.ask("CLIENT", "LIST", "ID", ...ids))).toEqual([ids[1]!]);
        expect(await second!.ask("CLIENT", "UNPAUSE")).toBe("+OK\r\n");
      } finally {
        process.kill(pid, "SIGCONT");
      }
    }
    await until(async () => idsIn(await second!.ask("CLIENT", "LIST", "ID", ...ids)).length === 2);
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
