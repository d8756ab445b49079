// Runs redis-server as a reference, driven by redis-benchmark: GET of as many keys of the same size, no pipelining.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pinned, startChild } from "./child.ts";
import { freePort } from "./free-port.ts";
import { VALUE_BYTES } from "./value.ts";
import type { LoadResult } from "./wrk.ts";

/** Requests a second to expect, so that a run lasts about as long as it should. */
const REQUESTS_A_SECOND = 60_000;

export interface Redis {
  readonly pid: number;
  drive(seconds: number): Promise<LoadResult>;
  stop(): Promise<void>;
}

export interface RedisOptions {
  readonly serverCpu: number;
  readonly loadCpu: number;
  readonly connections: number;
  readonly keys: number;
}

/** Starts a redis-server without persistence, or gives nothing where it or its benchmark is not installed. */
export async function startRedis(options: RedisOptions): Promise<Redis | undefined> {
  const path = Bun.which("redis-server");
  if (path === null || Bun.which("redis-benchmark") === null) return undefined;
  const directory = mkdtempSync(join(tmpdir(), "cachee-redis-"));
  const port = await freePort();
  const child = await startChild({
    command: [
      path,
      ...`--port ${port} --bind 127.0.0.1 --dir ${directory} --appendonly no --save`.split(" "),
      "",
    ],
    cpu: options.serverCpu,
    ready: /Ready to accept connections/,
  });
  const load = (command: string, requests: number) => benchmark(options, port, command, requests);
  await load("set", options.keys * 10);
  return {
    pid: child.pid,
    drive: (seconds) => load("get", REQUESTS_A_SECOND * seconds),
    async stop() {
      await child.stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

async function benchmark(
  options: RedisOptions,
  port: number,
  command: string,
  requests: number,
): Promise<LoadResult> {
  const { keys, connections, loadCpu } = options;
  const words = `redis-benchmark -h 127.0.0.1 -p ${port} -t ${command} -d ${VALUE_BYTES} -r ${keys} -c ${connections} -n ${requests} --csv`;
  const child = Bun.spawn(pinned(words.split(" "), loadCpu), {
    stdin: "ignore",
    stdout: "pipe",
    stderr: "ignore",
  });
  const startNs = Bun.nanoseconds();
  const out = await child.stdout.text();
  await child.exited;
  const wallSeconds = (Bun.nanoseconds() - startNs) / 1e9;
  const row = out.trim().split("\n").at(-1)!.split(",");
  // "test","rps","avg ms","min","p50","p95","p99","max"
  const figure = (i: number) => Number(row[i]?.replaceAll('"', ""));
  const cpuUs = Number(child.resourceUsage()?.cpuTime.total ?? 0);
  return {
    requests,
    seconds: requests / figure(1),
    failures: 0,
    p50Us: figure(4) * 1_000,
    p99Us: figure(6) * 1_000,
    p999Us: Number.NaN,
    maxUs: figure(7) * 1_000,
    generatorShare: cpuUs / 1e6 / wallSeconds,
  };
}
