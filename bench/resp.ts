// The RESP lane beside redis-server in one run: operations a second and CPU an operation, driven by redis-benchmark.
//
// bun bench/resp.ts [--quick] [--only get,1024,16] [--rounds 3]: both servers pinned to core 0, the load to core 1.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { pinned, startChild, type Child } from "./load/child.ts";
import { freePort } from "./load/free-port.ts";
import { machine } from "./load/machine.ts";
import { cpuSeconds } from "./load/process-figures.ts";

const SECRET = "bench-secret";
const KEYS = 10_000;
const CONNECTIONS = 16;
const MGET_KEYS = 100;
const KEY = "key:__rand_int__";

interface Server {
  readonly name: "redis" | "cachee";
  readonly port: number;
  readonly child: Child;
}

interface Cell {
  readonly operation: "GET" | "SET" | "MGET";
  readonly bytes: number;
  readonly pipeline: number;
}

interface Figure {
  readonly opsASecond: number;
  readonly cpuUs: number;
}

async function startRedis(directory: string): Promise<Server> {
  const port = await freePort();
  const child = await startChild({
    command: (
      `redis-server --port ${port} --bind 127.0.0.1 --dir ${directory} --appendonly no ` +
      `--requirepass ${SECRET} --save`
    )
      .split(" ")
      .concat(""),
    cpu: 0,
    ready: /Ready to accept connections/,
  });
  return { name: "redis", port, child };
}

async function startCachee(): Promise<Server> {
  const child = await startChild({
    command: [process.execPath, `${import.meta.dir}/../src/main.ts`],
    cpu: 0,
    env: {
      CACHEE_PORT: "0",
      CACHEE_RESP_PORT: "0",
      CACHEE_API_KEYS: `default:read+write+admin=${SECRET}`,
      CACHEE_LOG: "error",
    },
    ready: /^listening for Redis clients on port (\d+)$/m,
  });
  return { name: "cachee", port: Number(child.match[1]), child };
}

/** Runs redis-benchmark; `requests` of them, and what it says of operations a second. */
async function drive(server: Server, cell: Cell, requests: number): Promise<number> {
  const { operation, bytes, pipeline } = cell;
  const what =
    operation === "MGET"
      ? ["MGET", ...Array.from({ length: MGET_KEYS }, () => KEY)]
      : operation === "GET"
        ? ["GET", KEY]
        : ["SET", KEY, "x".repeat(bytes)];
  const options = ["-h", "127.0.0.1", "-p", server.port, "-a", SECRET, "--csv", "-c", CONNECTIONS];
  const command = ["redis-benchmark", ...options, "-P", pipeline, "-n", requests, "-r", KEYS, ...what].map(
    String,
  );
  const child = Bun.spawn(pinned(command, 1), { stdin: "ignore", stdout: "pipe", stderr: "ignore" });
  const text = await child.stdout.text();
  await child.exited;
  const row = text.trim().split("\n").at(-1)!;
  return Number(/","([0-9.]+)"/.exec(row)![1]);
}

/** A short run to know the speed, then one of about `seconds`, measured. */
async function measure(server: Server, cell: Cell, seconds: number): Promise<Figure> {
  const speed = await drive(server, cell, cell.operation === "MGET" ? 2_000 : 20_000);
  const requests = Math.max(1_000, Math.round(speed * seconds));
  const before = cpuSeconds(server.child.pid);
  const opsASecond = await drive(server, cell, requests);
  const cpu = cpuSeconds(server.child.pid) - before;
  return { opsASecond, cpuUs: (cpu / requests) * 1e6 };
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

function cells(only: readonly string[], quick: boolean): Cell[] {
  const all = (["GET", "SET", "MGET"] as const).flatMap((operation) =>
    [64, 1_024, 16_384].flatMap((bytes) => [1, 16, 64].map((pipeline) => ({ operation, bytes, pipeline }))),
  );
  const wanted = quick ? all.filter((cell) => cell.bytes === 1_024 && cell.pipeline < 64) : all;
  const named = (cell: Cell) => [cell.operation.toLowerCase(), String(cell.bytes), `p${cell.pipeline}`];
  return wanted.filter((cell) => only.every((word) => named(cell).includes(word)));
}

const { values } = parseArgs({
  options: {
    quick: { type: "boolean" },
    only: { type: "string" },
    rounds: { type: "string" },
    seconds: { type: "string" },
  },
});
const rounds = Number(values.rounds ?? 3);
const seconds = Number(values.seconds ?? 1.5);
const directory = mkdtempSync(join(tmpdir(), "cachee-bench-"));
const servers = [await startRedis(directory), await startCachee()];
try {
  const { cpu, bun, commit } = machine();
  process.stdout.write(`${cpu}, Bun ${bun}, commit ${commit}, ${CONNECTIONS} connections\n`);
  process.stdout.write(
    "operation  bytes   -P    redis/s   cachee/s   redis µs  cachee µs   CPU ratio (each round)\n",
  );
  let filled = 0;
  for (const cell of cells(values.only?.split(",") ?? [], values.quick === true)) {
    const figures = new Map<string, Figure[]>(servers.map(({ name }) => [name, []]));
    for (const server of servers) {
      if (filled === cell.bytes) continue;
      await drive(server, { operation: "SET", bytes: cell.bytes, pipeline: 16 }, KEYS * 10);
    }
    filled = cell.bytes;
    for (let round = 0; round < rounds; round++) {
      for (const server of round % 2 === 0 ? servers : servers.toReversed()) {
        figures.get(server.name)!.push(await measure(server, cell, seconds));
      }
    }
    const [redis, cachee] = [figures.get("redis")!, figures.get("cachee")!];
    const of = (list: readonly Figure[], name: keyof Figure) => median(list.map((figure) => figure[name]));
    const ratios = cachee.map((figure, i) => figure.cpuUs / redis[i]!.cpuUs);
    const row = [
      cell.operation.padEnd(9),
      String(cell.bytes).padStart(6),
      String(cell.pipeline).padStart(4),
      Math.round(of(redis, "opsASecond")).toLocaleString("en").padStart(10),
      Math.round(of(cachee, "opsASecond")).toLocaleString("en").padStart(10),
      of(redis, "cpuUs").toFixed(2).padStart(10),
      of(cachee, "cpuUs").toFixed(2).padStart(10),
      `  ${median(ratios).toFixed(2)} (${ratios.map((ratio) => ratio.toFixed(2)).join(" ")})`,
    ];
    process.stdout.write(`${row.join(" ")}\n`);
  }
} finally {
  for (const server of servers) await server.child.stop();
  rmSync(directory, { recursive: true, force: true });
}
