// What a request costs an instance of one worker and of several: processor time by lane, and how often workers met. Cold.

import { startCachee, SECRET, type CacheeProcess } from "../../test/support/cachee-process.ts";
import { freePort } from "../load/free-port.ts";
import { median } from "../load/median.ts";
import { cpuSeconds, processTree } from "../load/process-figures.ts";
import { KEYS, noise, pathOf } from "../load/value.ts";
import { runWrk } from "../load/wrk.ts";

const VALUE_BYTES = 1_024;
const LANES = 16;
const CONNECTIONS = 32;
const SECONDS = 2;
const COMMANDS = 320_000;
/** Commands of a pipeline. */
const BATCH = 50;
const PREFIX_CHARS = "/cache/".length;
const OK_BYTES = "+OK\r\n".length;

interface Instance {
  readonly workers: number;
  readonly server: CacheeProcess;
  readonly respPort: number;
}

/** Resolves with the number of requests that were done; each round begins elsewhere among the keys. */
type Load = (instance: Instance, round: number) => Promise<number>;
const LOADS: Readonly<Record<string, Load>> = {
  "SET by RESP, 50 together": setByResp,
  PUT: (instance, round) => byHttp(instance, round, 1_000),
  "GET, a hit": (instance, round) => byHttp(instance, round, 0),
};

/**
 * One row a number of workers: µs of processor time, of all its processes, for a request of each load; and of 1,000
 * writes by RESP how many found a shard taken. Medians of `rounds`, in which all take turns; one more goes before them.
 */
export async function measureRequests(counts: readonly number[], rounds: number): Promise<string[][]> {
  const instances = await Promise.all(counts.map(start));
  const costs = instances.map(() => Object.keys(LOADS).map((): number[] => []));
  const waits = instances.map((): number[] => []);
  for (let round = 0; round <= rounds; round++) {
    for (const [i, instance] of instances.entries()) {
      for (const [j, load] of Object.values(LOADS).entries()) {
        const before = { cpu: cpuOf(instance), waits: await lockWaits(instance) };
        const count = await load(instance, round);
        const cpuUs = ((cpuOf(instance) - before.cpu) / count) * 1e6;
        if (round === 0) continue;
        costs[i]![j]!.push(cpuUs);
        if (load === setByResp)
          waits[i]!.push(((await lockWaits(instance)) - before.waits) / (count / 1_000));
      }
    }
  }
  await Promise.all(instances.map(({ server }) => server.stop()));
  return instances.map(({ workers }, i) => {
    const medians = [...costs[i]!, waits[i]!].map((all) => median(all).toFixed(2));
    return [String(workers)].concat(medians);
  });
}

export const REQUEST_COLUMNS: readonly string[] = ["workers", ...Object.keys(LOADS), "waits in 1,000"];

async function start(workers: number): Promise<Instance> {
  const respPort = await freePort();
  const server = await startCachee({
    CACHEE_WORKERS: String(workers),
    CACHEE_RESP_PORT: String(respPort),
    CACHEE_LOG: "error",
  });
  await server.ready();
  return { workers, server, respPort };
}

function cpuOf({ server }: Instance): number {
  return processTree(server.pid).reduce((sum, pid) => sum + cpuSeconds(pid), 0);
}

async function lockWaits({ server }: Instance): Promise<number> {
  const text = await (await server.fetch("/metrics")).text();
  return [...text.matchAll(/^cachee_l1_lock_waits_total\S* (\d+)/gm)].reduce(
    (sum, [, n]) => sum + Number(n),
    0,
  );
}

/** `puts`: of 1,000 requests, of a type that is not compressed; the others are GETs. */
async function byHttp({ server }: Instance, round: number, puts: number): Promise<number> {
  const { requests, failures } = await runWrk({
    url: server.url,
    connections: CONNECTIONS,
    seconds: SECONDS,
    rate: 0,
    cpu: 0,
    fields: [`x-api-key: ${SECRET}`, "content-type: image/jpeg"],
    keys: KEYS,
    puts,
    putBytesMax: 2 * VALUE_BYTES,
    seed: round,
  });
  if (failures > 0) throw new Error(`${failures} requests failed`);
  return requests;
}

async function setByResp({ respPort }: Instance, round: number): Promise<number> {
  const turns = COMMANDS / LANES / BATCH;
  await Promise.all(
    Array.from({ length: LANES }, async (_, lane) => {
      const batches = Array.from({ length: Math.ceil(KEYS / BATCH / LANES) }, (__, i) =>
        commands((round + lane + i * LANES) * BATCH),
      );
      await sendInTurns(respPort, (turn) => batches[turn % batches.length]!, turns);
    }),
  );
  return COMMANDS;
}

function commands(from: number): Buffer<ArrayBuffer> {
  const value = noise(VALUE_BYTES, 1);
  const parts = Array.from({ length: BATCH }, (_, i) => {
    const key = pathOf((from + i) % KEYS).slice(PREFIX_CHARS);
    const head = `*3\r\n$3\r\nSET\r\n$${key.length}\r\n${key}\r\n$${VALUE_BYTES}\r\n`;
    return [Buffer.from(head), value, Buffer.from("\r\n")];
  });
  return Buffer.concat(parts.flat());
}

/** Sends what `batchOf` gives for each turn below `turns`, each when the one before is answered. */
function sendInTurns(
  port: number,
  batchOf: (turn: number) => Buffer<ArrayBuffer>,
  turns: number,
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const auth = Buffer.from(`AUTH ${SECRET}\r\n`);
  let awaited = OK_BYTES;
  let turn = 0;
  let rest = auth;
  void Bun.connect({
    hostname: "127.0.0.1",
    port,
    socket: {
      open: (socket) => void socket.write(auth),
      drain(socket) {
        rest = rest.subarray(socket.write(rest));
      },
      data(socket, bytes) {
        if (bytes[0] === "-".charCodeAt(0)) reject(new Error(bytes.toString()));
        awaited -= bytes.length;
        if (awaited > 0) return;
        if (turn >= turns) {
          socket.end();
          resolve();
          return;
        }
        awaited = BATCH * OK_BYTES;
        const batch = batchOf(turn++);
        rest = batch.subarray(socket.write(batch));
      },
      error: (_, error) => reject(error),
    },
  }).catch(reject);
  return promise;
}
