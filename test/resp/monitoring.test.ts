// What monitoring reads: INFO, SLOWLOG, LATENCY, CONFIG SET, and the tools that people have as they are.

import { afterAll, beforeAll, expect, test } from "bun:test";
import { freePort } from "../support/redis.ts";
import { RespConnection } from "../support/resp-connection.ts";
import { startRespServer, type RespServer } from "../support/resp-server.ts";
import { until } from "../support/until.ts";

const SECRET = "a-secret-of-the-monitoring-tests";
const READER = `${SECRET}-reader`;

let server: RespServer;
let client: RespConnection;

beforeAll(async () => {
  server = await startRespServer({
    CACHEE_API_KEYS: `default:read+write+admin=${SECRET},app:read+write=${READER}`,
  });
  client = await RespConnection.open(server.respPort, SECRET);
});

afterAll(async () => {
  client?.close();
  await server?.stop();
});

/** The fields of INFO's `section`. */
async function info(section: string): Promise<Map<string, string>> {
  const text = await client.ask("INFO", section);
  const lines = text.split("\r\n").filter((line) => line.includes(":") && !line.startsWith("$"));
  return new Map(
    lines.map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1)] as const),
  );
}

function cli(...args: string[]): Bun.Subprocess<"ignore", "pipe", "pipe"> {
  const command = ["redis-cli", "-p", String(server.respPort), "--no-auth-warning", "-a", SECRET, ...args];
  return Bun.spawn(command, { stdin: "ignore", stdout: "pipe", stderr: "pipe" });
}

test("INFO counts commands, errors, connections, keys that expire, and processor time", async () => {
  await client.ask("CONFIG", "RESETSTAT");
  await client.ask("SET", "plain", "v");
  await client.ask("SET", "expiring", "v", "EX", "100");
  for (let i = 0; i < 10; i++) await client.ask("GET", "plain");
  await client.ask("HGET", "plain", "f");
  await client.ask("GETRANGE", "plain", "x", "1");
  await client.ask("GETRANGE", "plain");
  const commands = await info("commandstats");
  expect(commands.get("cmdstat_get")).toMatch(
    /^calls=10,usec=\d+,usec_per_call=[\d.]+,rejected_calls=0,failed_calls=0$/,
  );
  expect(commands.get("cmdstat_getrange")).toMatch(/^calls=1,usec=.*,rejected_calls=1,failed_calls=1$/);
  expect((await info("errorstats")).get("errorstat_WRONGTYPE")).toBe("count=1");
  expect((await info("errorstats")).get("errorstat_ERR")).toBe("count=2");
  expect((await info("latencystats")).get("latency_percentiles_usec_set")).toMatch(/^p50=[\d.]+,p99=/);
  expect((await info("keyspace")).get("db0")).toMatch(/^keys=2,expires=1,avg_ttl=(?:99|100)\d{3}$/);
  expect(Number((await info("cpu")).get("used_cpu_user"))).toBeGreaterThan(0);
  const stats = await info("stats");
  const other = await RespConnection.open(server.respPort, READER);
  const after = await info("stats");
  const grown = (name: string) => Number(after.get(name)) - Number(stats.get(name));
  expect(grown("total_connections_received")).toBe(1);
  expect(grown("total_net_input_bytes")).toBeGreaterThan(0);
  expect(grown("total_net_output_bytes")).toBeGreaterThan(0);
  expect(Number(stats.get("keyspace_hits"))).toBeGreaterThanOrEqual(10);
  expect(Number((await info("memory")).get("used_memory"))).toBeGreaterThan(0);
  expect((await info("clients")).get("connected_clients")).toBe("2");
  expect((await info("server")).get("redis_version")).toMatch(/^7\.4\./);
  const brief = await client.ask("INFO");
  expect(brief).not.toContain("cmdstat_");
  expect(await client.ask("INFO", "everything")).toContain("cmdstat_");
  other.close();
});

test("SLOWLOG notes what takes longer than it is told to, for operators alone, and no secrets", async () => {
  const other = await RespConnection.open(server.respPort, READER);
  expect(await other.ask("SLOWLOG", "GET")).toStartWith("-NOPERM");
  expect(await other.ask("CONFIG", "SET", "slowlog-log-slower-than", "0")).toStartWith("-NOPERM");
  expect(await client.ask("CONFIG", "SET", "slowlog-log-slower-than", "0", "slowlog-max-len", "3")).toBe(
    "+OK\r\n",
  );
  await client.ask("SLOWLOG", "RESET");
  await client.ask("DEL", ...Array.from({ length: 50 }, (_, i) => `k${i}${"x".repeat(200)}`));
  const del = await client.ask("SLOWLOG", "GET", "1");
  expect(del).toContain("... (20 more arguments)");
  expect(del).toContain("... (75 more bytes)");
  await other.ask("AUTH", READER);
  expect(await client.ask("SLOWLOG", "GET", "-1")).not.toContain(READER);
  expect(await client.ask("SLOWLOG", "LEN")).toBe(":3\r\n");
  expect(await client.ask("SLOWLOG", "GET", "-2")).toStartWith("-ERR count should be");
  expect(await client.ask("CONFIG", "SET", "slowlog-log-slower-than", "10000")).toBe("+OK\r\n");
  await client.ask("SLOWLOG", "RESET");
  expect(await client.ask("SLOWLOG", "LEN")).toBe(":0\r\n");
  other.close();
});

test("CONFIG SET does all it is given or nothing, and says which setting stays as it is", async () => {
  const get = (name: string) => client.ask("CONFIG", "GET", name);
  const before = await get("slowlog-max-len");
  expect(await client.ask("CONFIG", "SET", "slowlog-max-len", "7", "maxmemory", "1")).toStartWith(
    "-ERR CONFIG SET failed (possibly related to argument 'maxmemory')",
  );
  expect(await get("slowlog-max-len")).toBe(before);
  expect(await client.ask("CONFIG", "SET", "nonsense", "1")).toStartWith("-ERR Unknown option");
  expect(await client.ask("CONFIG", "SET", "appendonly", "no", "save", "")).toBe("+OK\r\n");
  expect(await client.ask("CONFIG", "SET", "latency-tracking", "perhaps")).toStartWith("-ERR");
});

test("LATENCY tells what took longer than its threshold, and how long commands take", async () => {
  expect(await client.ask("LATENCY", "LATEST")).toBe("*0\r\n");
  await client.ask("CONFIG", "SET", "latency-monitor-threshold", "1");
  const value = "v".repeat(4_000_000);
  await until(async () => {
    await client.ask("HSET", "large", "f", value);
    await client.ask("HSET", "large", "g", "v");
    return (await client.ask("LATENCY", "LATEST")).includes("command");
  });
  expect(await client.ask("LATENCY", "HISTORY", "command")).toMatch(/^\*[1-9]/);
  expect(await client.ask("LATENCY", "DOCTOR")).toContain("spikes");
  const histogram = await client.ask("LATENCY", "HISTOGRAM", "hset", "config");
  for (const part of ["hset", "config|set", "histogram_usec"]) expect(histogram).toContain(part);
  expect(await client.ask("LATENCY", "RESET")).toBe(":1\r\n");
  await client.ask("CONFIG", "SET", "latency-monitor-threshold", "0");
});

test("redis-cli --bigkeys, --memkeys, --hotkeys and --stat show figures", async () => {
  await client.ask("HSET", "a-hash", "f", "v", "g", "w");
  await client.ask("SADD", "a-set", "m");
  for (let i = 0; i < 500; i++) await client.ask("GET", "plain");
  const of = async (option: string) => {
    const child = cli(option);
    const [text, code] = await Promise.all([child.stdout.text(), child.exited]);
    expect(code).toBe(0);
    return text;
  };
  const big = await of("--bigkeys");
  for (const part of ["hashs with", "sets with", "strings with"]) expect(big).toContain(part);
  expect(big).toMatch(/Biggest +set found '"a-set"' has 1 members/);
  expect(await of("--memkeys")).toMatch(/Biggest +hash found .* bytes/);
  expect(await of("--hotkeys")).toMatch(/hot key found with counter: 2\d\d\tkeyname: "?plain"?/);
  const stat = cli("--stat", "-i", "0.1");
  try {
    let text = "";
    const reader = stat.stdout.getReader();
    while (!/^\d+ +[\d.]+[BKMG] +\d+ +0 +\d+ \(\+\d+\) +\d+/m.test(text)) {
      const { value, done } = await reader.read();
      if (done) break;
      text += Buffer.from(value).toString();
    }
    expect(text).toMatch(/^\d+ +[\d.]+[BKMG] +\d+ +0 +\d+/m);
  } finally {
    stat.kill();
    await stat.exited;
  }
});

test.skipIf(Bun.which("prometheus-redis-exporter") === null)(
  "Prometheus's Redis exporter shows figures",
  async () => {
    const address = `127.0.0.1:${await freePort()}`;
    const child = Bun.spawn(
      [
        "prometheus-redis-exporter",
        `--redis.addr=redis://127.0.0.1:${server.respPort}`,
        `--redis.password=${SECRET}`,
        `--web.listen-address=${address}`,
        "--export-client-list",
        "--check-keys=*",
      ],
      { stdout: "ignore", stderr: "ignore" },
    );
    try {
      await client.ask("HSET", "exported", "f", "v");
      let text = "";
      await until(async () => {
        text = await fetch(`http://${address}/metrics`)
          .then((answer) => answer.text())
          .catch(() => "");
        return text.includes("redis_up 1");
      });
      for (const metric of [
        /^redis_commands_total\{cmd="set"\} [1-9]/m,
        /^redis_commands_duration_seconds_total\{cmd="hset"\} [\d.e-]+$/m,
        /^redis_connected_clients [1-9]/m,
        /^redis_cpu_user_seconds_total [\d.]+/m,
        /^redis_db_keys\{db="db0"\} [1-9]/m,
        /^redis_db_keys_expiring\{db="db0"\} \d/m,
        /^redis_evicted_keys_total 0/m,
        /^redis_exporter_last_scrape_error\{err=""\} 0/m,
        /^redis_instance_info\{.*redis_version="7\.4\.0".*\} 1/m,
        /^redis_key_size\{db="db0",key="exported"\} 1/m,
        /^redis_keyspace_hits_total [1-9]/m,
        /^redis_memory_used_bytes [1-9]/m,
        /^redis_slowlog_length \d/m,
        /^redis_connected_client_output_buffer_size\{|^redis_connected_client_info\{|^redis_connected_clients_details\{/m,
      ]) {
        expect(text).toMatch(metric);
      }
    } finally {
      child.kill();
      await child.exited;
    }
  },
);
