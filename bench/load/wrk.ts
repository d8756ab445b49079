// Drives a URL with wrk, or autocannon where wrk is missing, for some seconds and says what it saw, and how busy wrk itself was.

import { pinned } from "./child.ts";

export interface LoadOptions {
  readonly url: string;
  readonly connections: number;
  readonly seconds: number;
  /** Requests a second to aim for, by think time; 0 for as many as the connections carry. */
  readonly rate: number;
  readonly cpu: number;
  /** Lines such as `x-api-key: abc`. */
  readonly fields: readonly string[];
  readonly keys: number;
  /** PUTs in 1,000 requests. */
  readonly puts?: number;
  readonly putBytesMax?: number;
  readonly seed: number;
}

export interface LoadResult {
  readonly requests: number;
  readonly seconds: number;
  /** Connections, reads or writes that failed, time-outs, and answers above 399. */
  readonly failures: number;
  readonly p50Us: number;
  readonly p99Us: number;
  readonly p999Us: number;
  readonly maxUs: number;
  /** CPU time of the generator over wall-clock time: near 1 means it, not the server, was the limit. */
  readonly generatorShare: number;
}

/** Where wrk is missing, autocannon stands in: slower, its latencies in whole milliseconds. */
export function hasWrk(): boolean {
  return Bun.which("wrk") !== null;
}

const SCRIPT = `${import.meta.dir}/requests.lua`;
const PUT_BYTES_MAX = 65_536;

export async function runWrk(options: LoadOptions): Promise<LoadResult> {
  const { connections, rate, seconds } = options;
  const thinkMs = rate === 0 ? 0 : (connections / rate) * 1_000;
  const command = [
    "wrk",
    "-t1",
    `-c${connections}`,
    `-d${seconds}s`,
    "-s",
    SCRIPT,
    ...options.fields.flatMap((field) => ["-H", field]),
    options.url,
    "--",
    ...[options.keys, options.puts ?? 0, thinkMs, options.seed, options.putBytesMax ?? PUT_BYTES_MAX].map(
      String,
    ),
  ];
  const standIn = [process.execPath, `${import.meta.dir}/autocannon-command.ts`, JSON.stringify(options)];
  const wrk = Bun.spawn(pinned(hasWrk() ? command : standIn, options.cpu), {
    env: { ...process.env, CACHEE_BENCH_THINK: rate === 0 ? "0" : "1" },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const [out, complaint] = await Promise.all([wrk.stdout.text(), wrk.stderr.text(), wrk.exited]);
  const line = /^@@(.*)$/m.exec(out)?.[1];
  if (line === undefined) throw new Error(`the load generator gave no figures: ${complaint}${out}`);
  const figures = JSON.parse(line) as Omit<LoadResult, "generatorShare">;
  const usage = wrk.resourceUsage();
  const cpuUs = usage === undefined ? 0 : Number(usage.cpuTime.total);
  return { ...figures, generatorShare: cpuUs / 1e6 / figures.seconds };
}
