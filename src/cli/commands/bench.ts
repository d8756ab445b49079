// Command `bench`: how fast a server answers GETs as a client sees it, beside a Redis if one is named.

import { InvalidArgumentError, type Command } from "commander";
import { CacheeClient } from "../../client/client.ts";
import { connectionOf, type Connection } from "../connection.ts";
import { runLoad, type LoadResult } from "../load/load.ts";
import { findHttpReply, findRespReply } from "../load/replies.ts";
import { globalsOf, printJson, printLine } from "../output.ts";
import { UsageError } from "../usage-error.ts";

interface BenchFlags {
  readonly connections: number;
  readonly seconds: number;
  readonly rate?: number;
  readonly keys: number;
  readonly bytes: number;
  readonly redis?: string;
}

const PREFIX = "cachee-bench/";
/** What the benchmark leaves behind goes by itself, seconds. */
const TTL_SECONDS = 600;
const MS = 1_000;

function count(text: string): number {
  const value = Number(text);
  if (!(value > 0 && Number.isFinite(value))) throw new InvalidArgumentError("It is not a positive number.");
  return value;
}

export function addBenchCommand(cachee: Command): void {
  cachee
    .command("bench")
    .description("drive GETs at a server and print what a client sees")
    .option("--connections <n>", "connections, one request in flight on each", count, 16)
    .option("--seconds <s>", "how long", count, 5)
    .option("--rate <n>", "requests a second in all, each latency from when it was due", count)
    .option("--keys <n>", "different keys", count, 100)
    .option("--bytes <n>", "bytes of each value", count, 1_024)
    .option("--redis <url>", "drive the same at a Redis afterwards")
    .action(async (bench: BenchFlags, command: Command) => {
      const flags = globalsOf(command);
      const results: Record<string, Summary> = {};
      results["cachee"] = summaryOf(await benchCachee(connectionOf(flags, process.env), bench));
      if (bench.redis !== undefined) results["redis"] = summaryOf(await benchRedis(bench.redis, bench));
      if (flags.json === true) return printJson(results);
      for (const [name, summary] of Object.entries(results)) printLine(lineOf(name, summary));
    });
}

async function benchCachee({ url, key }: Connection, bench: BenchFlags): Promise<LoadResult> {
  const { hostname, port, protocol, host } = new URL(url);
  const client = new CacheeClient({ url, apiKey: key, timeoutMs: 10_000 });
  const value = crypto.getRandomValues(new Uint8Array(bench.bytes));
  for (let i = 0; i < bench.keys; i++) await client.set(`${PREFIX}${i}`, value, { ttl: TTL_SECONDS });
  const requests = Array.from({ length: bench.keys }, (_, i) =>
    Buffer.from(`GET /cache/${PREFIX}${i} HTTP/1.1\r\nHost: ${host}\r\nx-api-key: ${key}\r\n\r\n`),
  );
  const isTls = protocol === "https:";
  const result = await runLoad({
    ...loadOf(bench),
    hostname,
    port: Number(port || (isTls ? 443 : 80)),
    isTls,
    request: (i) => requests[i % requests.length]!,
    findReply: findHttpReply,
  });
  await client.invalidate({ keys: requests.slice(0, 1_000).map((_, i) => `${PREFIX}${i}`) });
  return result;
}

async function benchRedis(text: string, bench: BenchFlags): Promise<LoadResult> {
  if (!URL.canParse(text)) throw new UsageError(`${text} is not a URL`);
  const url = new URL(text);
  const redis = new Bun.RedisClient(text);
  const value = "v".repeat(bench.bytes);
  for (let i = 0; i < bench.keys; i++) await redis.set(`${PREFIX}${i}`, value, "EX", TTL_SECONDS);
  redis.close();
  if (url.password !== "") throw new UsageError("a Redis with a password cannot be driven");
  const requests = Array.from({ length: bench.keys }, (_, i) => {
    const key = `${PREFIX}${i}`;
    return Buffer.from(`*2\r\n$3\r\nGET\r\n$${key.length}\r\n${key}\r\n`);
  });
  return runLoad({
    ...loadOf(bench),
    hostname: url.hostname,
    port: Number(url.port || 6_379),
    isTls: url.protocol === "rediss:",
    request: (i) => requests[i % requests.length]!,
    findReply: findRespReply,
  });
}

function loadOf({ connections, seconds, rate }: BenchFlags) {
  return { connections, durationMs: seconds * MS, rate };
}

interface Summary {
  readonly perSecond: number;
  readonly failed: number;
  readonly meanUs: number;
  readonly p50Us: number;
  readonly p90Us: number;
  readonly p99Us: number;
  readonly p999Us: number;
  readonly maxUs: number;
}

function summaryOf({ latency, answers, failed, seconds }: LoadResult): Summary {
  const { count: _, ...quantiles } = latency.summary();
  return { perSecond: Math.round(answers / seconds), failed, ...quantiles };
}

function lineOf(name: string, summary: Summary): string {
  const us = (value: number) => `${value.toFixed(0)} µs`;
  const { perSecond, failed, p50Us, p90Us, p99Us, p999Us, maxUs } = summary;
  const quantiles = `p50 ${us(p50Us)}  p90 ${us(p90Us)}  p99 ${us(p99Us)}  p99.9 ${us(p999Us)}  max ${us(maxUs)}`;
  return `${name.padEnd(7)} ${perSecond}/s  ${quantiles}${failed === 0 ? "" : `  ${failed} failed`}`;
}
