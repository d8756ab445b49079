// Cachee itself as a target: started as its users start it, filled over HTTP.

import { startChild } from "./child.ts";
import type { BucketCounts } from "./own-latency.ts";
import { noise, pathOf, VALUE_BYTES } from "./value.ts";

export const API_KEY = "bench-0123456789abcdef0123456789abcdef";
/** What a client of the service sends beside Host. */
export const CLIENT_FIELDS = [`x-api-key: ${API_KEY}`, "Accept-Encoding: gzip, deflate, br, zstd"];
const FILLERS = 16;

export interface Cachee {
  readonly url: string;
  readonly pid: number;
  stop(): Promise<void>;
}

export interface CacheeOptions {
  readonly cpu: number;
  readonly env?: Readonly<Record<string, string>>;
  /** Arguments of Bun itself, before the script. */
  readonly bunArguments?: readonly string[];
  /** The checkout to run, for a comparison of two; this one otherwise. */
  readonly root?: string;
}

export async function startCachee(options: CacheeOptions): Promise<Cachee> {
  const root = options.root ?? `${import.meta.dir}/../..`;
  const child = await startChild({
    command: [process.execPath, ...(options.bunArguments ?? []), `${root}/src/main.ts`],
    cpu: options.cpu,
    env: { CACHEE_PORT: "0", CACHEE_API_KEYS: API_KEY, CACHEE_LOG: "error", ...options.env },
    ready: /^listening on (\S+)$/m,
  });
  return { url: child.match[1]!, pid: child.pid, stop: () => child.stop() };
}

/** Stores `keys` values of `bytes` bytes that expire in an hour. */
export async function fill(url: string, keys: number, bytes = VALUE_BYTES): Promise<void> {
  let next = 0;
  const work = async () => {
    while (next < keys) {
      const i = next++;
      const response = await fetch(`${url}${pathOf(i)}?ttl=3600`, {
        method: "PUT",
        headers: { "x-api-key": API_KEY },
        body: noise(bytes, i + 1),
      });
      if (response.status !== 201 && response.status !== 204)
        throw new Error(`PUT answered ${response.status}`);
    }
  };
  await Promise.all(Array.from({ length: FILLERS }, work));
}

/** The fast lane's latency histogram. */
export async function bucketsOf(url: string): Promise<BucketCounts> {
  const response = await fetch(`${url}/stats?buckets`, { headers: { "x-api-key": API_KEY } });
  const stats = (await response.json()) as { latency: { fast: BucketCounts } };
  return stats.latency.fast;
}
