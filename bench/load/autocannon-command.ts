// Drives a URL with autocannon, as wrk would be: run as a command with wrk's options as JSON; prints the figures as JSON.

import autocannon from "autocannon";
import { seededRandom } from "../../test/cache/support/random.ts";
import { noise, pathOf } from "./value.ts";
import type { LoadOptions, LoadResult } from "./wrk.ts";

/** Requests drawn ahead; each connection goes round them from a place of its own. */
const REQUESTS = 2_000;

const options = JSON.parse(process.argv[2]!) as LoadOptions;
const random = seededRandom(options.seed);
const headers = Object.fromEntries(options.fields.map((field) => field.split(/: */, 2)));

function draw(): autocannon.Request {
  const path = pathOf(Math.floor(random() * options.keys));
  if (random() * 1_000 >= (options.puts ?? 0)) return { method: "GET", path, headers };
  const bytes = 1_024 + Math.floor(random() * ((options.putBytesMax ?? 65_536) - 1_024));
  return { method: "PUT", path, headers, body: Buffer.from(noise(bytes, bytes)) };
}

const result = await autocannon({
  url: options.url,
  connections: options.connections,
  duration: options.seconds,
  requests: Array.from({ length: REQUESTS }, draw),
  ...(options.rate === 0 ? {} : { overallRate: options.rate }),
});
const us = (ms: number) => ms * 1_000;
const figures: Omit<LoadResult, "generatorShare"> = {
  requests: result.requests.total,
  seconds: result.duration,
  failures: result.errors + result.timeouts + result.non2xx,
  p50Us: us(result.latency.p50),
  p99Us: us(result.latency.p99),
  p999Us: us(result.latency.p99_9),
  maxUs: us(result.latency.max),
};
process.stdout.write(`\n@@${JSON.stringify(figures)}\n`);
