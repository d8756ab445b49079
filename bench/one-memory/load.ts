// Loads one and two workers of both kinds over HTTP: requests a second and CPU a request. Cold.

import type { Subprocess } from "bun";
import { freePort } from "../load/free-port.ts";
import { median } from "../load/median.ts";
import { cpuSeconds } from "../load/process-figures.ts";
import type { Cell } from "../load/table.ts";
import { KEYS } from "../load/value.ts";
import { runWrk } from "../load/wrk.ts";
import { fillTable } from "./fill-table.ts";
import { createMemory, mapMemory } from "./mapped-memory.ts";
import { TABLE_BYTES } from "./shared-table.ts";

const CONNECTIONS = 32;

interface Servers {
  readonly port: number;
  readonly children: readonly Subprocess[];
}

interface Measured {
  readonly requestsPerSecond: number;
  readonly cpuUs: number;
}

/**
 * Rows: workers and cores, requests a second, CPU µs a request; medians over the rounds. The load is on core 0, which
 * workers on two cores share with it, so that only their CPU time says something.
 */
export async function measureLoad(rounds: number, seconds: number): Promise<(readonly Cell[])[]> {
  const starts: [string, () => Promise<Servers>][] = [
    ["1 thread, core 1", () => startThreads(1, "1")],
    ["1 process, core 1", () => startProcesses(1, "1")],
    ["2 threads, core 1", () => startThreads(2, "1")],
    ["2 processes, core 1", () => startProcesses(2, "1")],
    ["2 threads, both cores", () => startThreads(2, "0,1")],
    ["2 processes, both cores", () => startProcesses(2, "0,1")],
  ];
  const measured = starts.map(() => [] as Measured[]);
  for (let round = 0; round < rounds; round++) {
    for (const [i, [, start]] of starts.entries()) measured[i]!.push(await measure(await start(), seconds));
  }
  return starts.map(([name], i) => [
    name,
    median(measured[i]!.map((one) => one.requestsPerSecond)),
    median(measured[i]!.map((one) => one.cpuUs)),
  ]);
}

async function measure({ port, children }: Servers, seconds: number): Promise<Measured> {
  const options = {
    url: `http://127.0.0.1:${port}`,
    connections: CONNECTIONS,
    rate: 0,
    cpu: 0,
    fields: [],
    keys: KEYS,
    seed: 1,
  };
  await runWrk({ ...options, seconds: 1 });
  const cpu = () => children.reduce((sum, { pid }) => sum + cpuSeconds(pid), 0);
  const before = cpu();
  const { requests, seconds: took, failures } = await runWrk({ ...options, seconds });
  const cpuUs = ((cpu() - before) / requests) * 1e6;
  for (const child of children) child.kill("SIGKILL");
  await Promise.all(children.map((child) => child.exited));
  if (failures > 0) throw new Error(`${failures} requests failed`);
  return { requestsPerSecond: requests / took, cpuUs };
}

async function startThreads(workers: number, cores: string): Promise<Servers> {
  const port = await freePort();
  return { port, children: [await startChild("thread-host.ts", [workers, port], { cores })] };
}

async function startProcesses(workers: number, cores: string): Promise<Servers> {
  const port = await freePort();
  const memory = createMemory(TABLE_BYTES);
  fillTable(mapMemory(memory, TABLE_BYTES)[0]!, KEYS);
  const children: Subprocess[] = [];
  for (let worker = 1; worker <= workers; worker++) {
    children.push(await startChild("worker.ts", [worker, port], { cores, memory }));
  }
  return { port, children };
}

/** Resolves when the program, bound to `cores`, has printed its first line. */
async function startChild(
  file: string,
  args: readonly number[],
  { cores, memory }: { readonly cores: string; readonly memory?: number },
): Promise<Subprocess> {
  const command = ["taskset", "-c", cores, process.execPath, `${import.meta.dir}/programs/${file}`];
  const child = Bun.spawn([...command, ...args.map(String)], {
    stdio: ["ignore", "pipe", "inherit", ...(memory === undefined ? [] : [memory])],
  });
  const reader = child.stdout.getReader();
  const { done } = await reader.read();
  if (done) throw new Error(`${file} ended before it listened`);
  return child;
}
