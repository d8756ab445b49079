// Values in Redis that are no entries, each by another fault: a miss, counted, removed, and nobody else's matter.

import { afterAll, beforeAll, expect, test } from "bun:test";
import {
  ENVELOPE_HEAD_BYTES,
  HEADER_BYTES,
  TYPE_BYTES_AT,
  VARIANT_BYTES_AT,
} from "../../src/record/layout.ts";
import { startCachee, type CacheeProcess } from "../support/cachee-process.ts";
import { checkExposition } from "../support/exposition.ts";
import { startRedis, type RedisServer } from "../support/redis.ts";
import { until } from "../support/until.ts";

let redis: RedisServer;
let writer: CacheeProcess;
let reader: CacheeProcess;

beforeAll(async () => {
  redis = await startRedis();
  [writer, reader] = (await Promise.all([0, 1].map(() => startCachee({ CACHEE_REDIS_URL: redis.url })))) as [
    CacheeProcess,
    CacheeProcess,
  ];
  await Promise.all([writer.ready(), reader.ready()]);
});

afterAll(async () => {
  await Promise.all([writer?.stop(), reader?.stop()]);
  await redis?.stop();
});

/** What is written over an entry, and where. */
const FAULTS = {
  "a variant longer than the record": [VARIANT_BYTES_AT, "\xff"],
  "a content type longer than the record": [TYPE_BYTES_AT, "\xff\xff"],
  "a line end in the content type": [HEADER_BYTES, "\r\n"],
  "a character beyond Latin-1 in the content type": [HEADER_BYTES, "\u20ac"],
} as const;

const entryOf = (key: string) => `cachee:{0}:v1:${key}`;
const cli = async (...args: string[]) =>
  (await Bun.$`redis-cli -p ${redis.port} ${args}`.quiet().text()).trim();

async function badRecords(): Promise<number> {
  const families = checkExposition(await (await reader.fetch("/metrics")).text());
  return families.get("cachee_l2_bad_records_total")!.samples.get("") ?? Number.NaN;
}

for (const [name, [at, bytes]] of Object.entries(FAULTS)) {
  test(`${name} is a miss, counted and removed`, async () => {
    const key = name.replaceAll(" ", "-");
    await writer.put(key, "value", { "content-type": "text/plain" });
    await writer.put(`${key}/other`, "other");
    await cli("setrange", entryOf(key), String(ENVELOPE_HEAD_BYTES + at), bytes);
    const before = await badRecords();
    expect((await reader.get(key)).status).toBe(404);
    expect(await badRecords()).toBe(before + 1);
    expect(await (await reader.get(`${key}/other`)).text()).toBe("other");
    await until(async () => (await cli("exists", entryOf(key))) === "0");
  });
}
