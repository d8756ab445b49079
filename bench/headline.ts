// The command `bench:headline`: the announcement's table, each figure by its own test and by a harder one. See README.md.

import { parseArgs } from "node:util";
import { lanes } from "./headline/steady.ts";
import { ratesByWay } from "./headline/rates.ts";
import { redisGets } from "./headline/redis-get.ts";
import { serialOnFreshServers } from "./headline/serial.ts";
import { byWorkers, modelOf } from "./headline/workers.ts";
import { pinned, startChild } from "./load/child.ts";
import { freePort } from "./load/free-port.ts";
import { machine } from "./load/machine.ts";
import { tableOf, type Cell } from "./load/table.ts";

const HELP = `bun run bench:headline [options]
  --starts N      fresh servers for the serial test (20)
  --rounds N      turns of each way in (5)
  --seconds N     of one turn (2)
  --server-cpu N  the servers' core (1); --load-cpu N the generator's (0)
  --json FILE     write the figures there
`;
const REDIS_GETS = 5_000;
/** Each way: 0.5 ms for a question and its answer, as between two zones of one region. */
const ZONE_US = 250;
const CORES_OF_A_BIG_MACHINE = 64;

const { values } = parseArgs({
  options: {
    starts: { type: "string", default: "20" },
    rounds: { type: "string", default: "5" },
    seconds: { type: "string", default: "2" },
    "server-cpu": { type: "string", default: "1" },
    "load-cpu": { type: "string", default: "0" },
    json: { type: "string" },
    help: { type: "boolean", default: false },
    "redis-gets": { type: "string" },
    delay: { type: "string", default: "0" },
  },
});

async function redisChild(loadCpu: number, port: number, delayUs: number) {
  const words = [
    process.execPath,
    import.meta.path,
    "--redis-gets",
    String(port),
    "--delay",
    String(delayUs),
  ];
  const out = await Bun.spawn(pinned(words, loadCpu), { stdout: "pipe" }).stdout.text();
  return JSON.parse(out) as Awaited<ReturnType<typeof redisGets>>;
}

/** GETs of Redis over loopback and over a longer way; nothing where there is no redis-server. */
async function redisFigures(cores: { readonly server: number; readonly load: number }) {
  if (Bun.which("redis-server") === null) return undefined;
  const port = await freePort();
  const redis = await startChild({
    command: ["redis-server", ...`--port ${port} --bind 127.0.0.1 --appendonly no --save`.split(" "), ""],
    cpu: cores.server,
    ready: /Ready to accept connections/,
  });
  try {
    return { near: await redisChild(cores.load, port, 0), far: await redisChild(cores.load, port, ZONE_US) };
  } finally {
    await redis.stop();
  }
}

async function headline(): Promise<void> {
  const cores = { server: Number(values["server-cpu"]), load: Number(values["load-cpu"]) };
  const starts = Number(values.starts);
  const backToBack = await serialOnFreshServers(starts, 0, cores.server);
  const paused = await serialOnFreshServers(starts, 10, cores.server);
  const { fast, cold } = await lanes(cores);
  const redis = await redisFigures(cores);
  const rates = await ratesByWay(Number(values.rounds), Number(values.seconds), cores);
  const workers = await byWorkers(Number(values.rounds), Number(values.seconds), cores);
  const model = modelOf(workers, CORES_OF_A_BIG_MACHINE);
  const about = machine();
  const served: Cell[][] = [
    [
      `fresh server, 104 hits of 105 requests, back to back (${starts} starts)`,
      backToBack.meanUs,
      backToBack.p99Us,
    ],
    [`the same with 10 ms between`, paused.meanUs, paused.p99Us],
    [`a million hits, fast lane, 16 connections`, fast.own.meanUs, fast.own.p99Us],
    [`the same GETs through the whole middleware`, cold.own.meanUs, cold.own.p99Us],
  ];
  const ways: Cell[][] = [
    ["by arithmetic, 1 / mean of a million hits", 1e6 / fast.own.meanUs, fast.own.meanUs],
    ...rates.map(({ way, hitsASecond, cpuUs }) => [way, hitsASecond, cpuUs]),
    ["HTTP through the whole middleware", cold.hitsASecond, cold.cpuUs],
  ];
  const ratios: Cell[][] =
    redis === undefined
      ? []
      : [
          [
            "a GET of Redis over loopback",
            redis.near.p50Us,
            redis.near.p99Us,
            redis.near.p99Us / fast.own.p99Us,
          ],
          ["a GET of Redis 0.5 ms away", redis.far.p50Us, redis.far.p99Us, redis.far.p99Us / fast.own.p99Us],
        ];
  const perWorkers = workers.map(({ workers: n, hitsASecond, cpuUs }): Cell[] => [
    String(n),
    hitsASecond,
    cpuUs,
  ]);
  const round = (hits: number) => Math.round(hits).toLocaleString("en");
  process.stdout.write(
    `${about.cpu}, ${about.cores} cores, Bun ${about.bun}, ${about.commit}; 1 KiB values\n\n` +
      `${tableOf(["server-side time of a hit", "mean us", "p99 us"], served)}\n\n` +
      `${tableOf(["one server, one core", "hits a second", "us a hit"], ways)}\n\n` +
      `${tableOf(["as node-redis times it", "p50 us", "p99 us", "p99 over the server-side p99 of a hit"], ratios)}\n\n` +
      `${tableOf(["workers, the generator on one of their cores", "hits a second", "CPU us a hit"], perWorkers)}\n\n` +
      `serial share, from the CPU of a hit with two workers over one: ${model.serialShare.toFixed(3)}; ${CORES_OF_A_BIG_MACHINE} cores ` +
      `over HTTP: ${round(model.linear)} hits a second if nothing is shared, ${round(model.modelled)} with that share\n`,
  );
  const figures = { workers, model, backToBack, paused, fast, cold, redis, rates };
  if (values.json !== undefined)
    await Bun.write(values.json, JSON.stringify({ machine: about, options: values, figures }, null, 2));
}

if (values.help) process.stdout.write(HELP);
else if (values["redis-gets"] !== undefined) {
  const seen = await redisGets(Number(values["redis-gets"]), REDIS_GETS, Number(values.delay));
  process.stdout.write(JSON.stringify(seen));
} else await headline();
