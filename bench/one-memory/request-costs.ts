// What a request costs an instance of one worker and of several: processor time by lane, and how often workers met. Cold.

import { startCachee, SECRET, type CacheeProcess } from "../../test/support/cachee-process.ts";
import { freePort } from "../load/free-port.ts";
import { median } from "../load/median.ts";
import { cpuSeconds, processTree } from "../load/process-figures.ts";
import { noise } from "../load/value.ts";

/** Of a type that is not compressed. */
const TYPE = "image/jpeg";
const KEYS = 10_000;
const VALUE_BYTES = 1_000;
const LANES = 16;
const REQUESTS = 20_000;
const COMMANDS = 300_000;
/** Commands of a pipeline. */
const BATCH = 50;
const OK_BYTES = "+OK\r\n".length;

interface Instance {
  readonly workers: number;
  readonly server: CacheeProcess;
  readonly respPort: number;
}

/** What is measured, with how many requests; each round begins elsewhere among the keys. */
type Load = (instance: Instance, count: number, from: number) => Promise<void>;
const LOADS: Readonly<Record<string, readonly [Load, number]>> = {
  PUT: [put, REQUESTS],
  "GET, a hit": [get, REQUESTS],
  "SET by RESP, 50 together": [setByResp, COMMANDS],
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
      for (const [j, [load, count]] of Object.values(LOADS).entries()) {
        const before = { cpu: cpuOf(instance), waits: await lockWaits(instance) };
        await load(instance, count, round * 1_009);
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

async function put({ server }: Instance, count: number, from: number): Promise<void> {
  const body = noise(VALUE_BYTES, 1);
  const headers = { "content-type": TYPE };
  await inLanes(count, async (i) => {
    const path = `/cache/key-${(from + i) % KEYS}`;
    await (await server.fetch(path, { method: "PUT", body, headers })).arrayBuffer();
  });
}

async function get({ server }: Instance, count: number, from: number): Promise<void> {
  await inLanes(count, async (i) => {
    const response = await server.get(`key-${(from + i) % KEYS}`);
    if (response.status !== 200) throw new Error(`${response.status}`);
    await response.arrayBuffer();
  });
}

/** Runs `run` with each number below `count`, LANES at once. */
async function inLanes(count: number, run: (i: number) => Promise<void>): Promise<void> {
  let next = 0;
  const lane = async () => {
    while (next < count) await run(next++);
  };
  await Promise.all(Array.from({ length: LANES }, lane));
}

async function setByResp({ respPort }: Instance, count: number, from: number): Promise<void> {
  const each = count / LANES / BATCH;
  await Promise.all(
    Array.from({ length: LANES }, async (_, lane) => {
      const batches = Array.from({ length: Math.ceil(KEYS / BATCH / LANES) }, (__, i) =>
        commands(from + (lane + i * LANES) * BATCH),
      );
      await sendInTurns(respPort, (turn) => batches[turn % batches.length]!, each);
    }),
  );
}

function commands(from: number): Buffer<ArrayBuffer> {
  const value = noise(VALUE_BYTES, 1);
  const parts = Array.from({ length: BATCH }, (_, i) => {
    const key = `key-${(from + i) % KEYS}`;
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
