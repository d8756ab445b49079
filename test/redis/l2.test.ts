// Holds Redis's scripts and the L2 in memory to one another, over generated operations.

import { afterAll, beforeAll, expect, test } from "bun:test";
import fc from "fast-check";
import { silentLog } from "../../src/base/log.ts";
import { decodeEnvelope } from "../../src/record/envelope.ts";
import type { L2, L2Operation, L2Operations } from "../../src/store/l2.ts";
import { MemoryL2 } from "../support/memory-l2/memory-l2.ts";
import { encodeRecord, RecordView } from "../../src/record/record.ts";
import { etagOf, hashOf } from "../../src/record/etag.ts";
import { createRedisTier, type RedisTier } from "../../src/redis/tier.ts";
import type { Condition } from "../../src/store/store.ts";
import type { Version } from "../../src/record/version.ts";
import { until } from "../support/until.ts";
import { startRedis, type RedisServer } from "../support/redis.ts";

let redis: RedisServer;
let tier: RedisTier;

beforeAll(async () => {
  redis = await startRedis();
  tier = createRedisTier({ urls: [redis.url], partitions: 1, l2TimeoutMs: 5_000, log: silentLog });
  tier.start();
  await until(() => tier.isUp);
});

afterAll(async () => {
  await tier?.close();
  await redis?.stop();
});

const KEYS = ["a", "a/*", "a/1", "b[é]", "b"];
const TAGS = ["x", "y", "grün"];
const BODIES = ["one", "two", "three"];

const key = fc.constantFrom(...KEYS);
const body = fc.constantFrom(...BODIES);
const etags = fc.array(fc.oneof(body.map(etagFor), fc.constant('"other"')), { maxLength: 3 });
const condition: fc.Arbitrary<Condition | undefined> = fc.oneof(
  { weight: 4, arbitrary: fc.constant(undefined) },
  fc.constantFrom<Condition>({ kind: "absent" }, { kind: "present" }),
  fc.record({ kind: fc.constantFrom("etag" as const, "not_etag" as const), etags }),
);
const target = fc.oneof(
  fc.record({ kind: fc.constant("prefix" as const), prefix: fc.constantFrom("a", "a/", "b[", "a/*") }),
  fc.record({ kind: fc.constant("tags" as const), tags: fc.subarray(TAGS, { minLength: 1 }) }),
  fc.constant({ kind: "all" as const }),
);

const put = fc.constantFrom("put" as const, "nothing" as const, undefined);

/** What a step asks of an entry that was read as `value`. */
function checkOf(check: string, value: Uint8Array | undefined): Version | "absent" | undefined {
  if (check === "any") return undefined;
  const envelope = value && decodeEnvelope(value);
  if (check === "absent" || envelope === undefined) return "absent";
  return { epoch: envelope.epoch, n: check === "as it is" ? envelope.n : envelope.n + 1 };
}

type Step = (l2: L2) => Promise<unknown>;
const common = { origin: "o", notAfterMs: Number.POSITIVE_INFINITY };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ key, body, condition, tags: fc.subarray(TAGS) }).map((given): Step => async (l2) => {
    const request = { ...common, key: given.key, condition: given.condition, staleMs: 0 };
    const record = recordOf(given.body, given.tags);
    return plain(await l2.call("set", { ...request, record, ttlMs: Number.POSITIVE_INFINITY }));
  }),
  fc.record({ keys: fc.uniqueArray(key, { minLength: 1 }), condition }).map(
    (given): Step =>
      async (l2) =>
        plain(await l2.call("remove", { ...common, ...given })),
  ),
  fc
    .uniqueArray(
      fc.record({ key, body, check: fc.constantFrom("absent", "as it is", "as it was", "any"), put }),
      {
        selector: (part) => part.key,
        minLength: 1,
      },
    )
    .map((given): Step => async (l2) => {
      const { values } = await l2.call("read", { keys: given.map((part) => part.key), lease: undefined });
      const parts = given.map(({ key: name, body: text, check, put: action }, i) => ({
        key: name,
        check: checkOf(check, values[i]),
        put:
          action === "put"
            ? { record: recordOf(text, []), ttlMs: Number.POSITIVE_INFINITY, staleMs: 0 }
            : action,
      }));
      return plain(await l2.call("step", { ...common, parts }));
    }),
  fc.record({ target, isSwept: fc.boolean(), isAll: fc.boolean() }).map((given): Step => async (l2) => {
    const reply = await l2.call("mark", { ...common, owner: "o", target: given.target });
    if (given.isSwept && reply.kind === "done") {
      let cursor = "0";
      do ({ cursor } = await l2.call("sweep", { cursor }));
      while (cursor !== "0");
      await l2.call("forget", reply);
    }
    return plain(reply);
  }),
  fc.record({ key, lease: fc.constantFrom(undefined, "t1", "t2") }).map((given): Step => async (l2) => {
    const read = await l2.call("read", { keys: [given.key], lease: given.lease });
    return { n: read.n, leased: read.leased, values: read.values.map(contentOf) };
  }),
);

test("Redis's scripts and the model in memory do the same", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
      const connection = await Bun.$`redis-cli -p ${redis.port} flushall`.quiet();
      expect(connection.exitCode).toBe(0);
      const model = memory();
      for (const run of steps) expect(await run(tier.links[0]!.l2)).toEqual(await run(model));
    }),
    { numRuns: 60 },
  );
}, 60_000);

test("values too large for one script come in several, and more than a batch may hold are refused", async () => {
  const { l2 } = tier.links[0]!;
  const text = "x".repeat(5 * 1024 * 1024);
  const keys = Array.from({ length: 16 }, (_, i) => `large/${i}`);
  const fixed = { ...common, condition: undefined, staleMs: 0, ttlMs: Number.POSITIVE_INFINITY };
  for (const each of keys) await l2.call("set", { ...fixed, key: each, record: recordOf(text + each, []) });
  const five = [...keys.slice(0, 4), "none", keys[4]!];
  const read = await l2.call("read", { keys: five, lease: undefined });
  expect(read.values.map((value) => value?.length !== undefined)).toEqual([
    true,
    true,
    true,
    true,
    false,
    true,
  ]);
  expect(contentOf(read.values[5])).toMatchObject({ body: text + keys[4]! });
  expect(l2.call("read", { keys, lease: undefined })).rejects.toThrow("too large together");
}, 60_000);

function memory(): L2 {
  let births = 0;
  const l2 = new MemoryL2({
    bytesMax: Number.POSITIVE_INFINITY,
    wallMs: () => Date.now(),
    makeEpoch: () => `${String(++births).padStart(8, "0")}-0000-4000-8000-000000000000`,
    publish: () => {},
  });
  return {
    call: async <O extends L2Operation>(operation: O, request: L2Operations[O]["request"]) =>
      l2.execute(operation, request),
  };
}

function plain(reply: L2Operations["set" | "mark"]["reply"]): object {
  return reply.kind === "done" ? { kind: "done", n: reply.n, present: reply.present } : reply;
}

function contentOf(bytes: Uint8Array | undefined): object | undefined {
  if (bytes === undefined) return undefined;
  const envelope = decodeEnvelope(bytes)!;
  const record = new RecordView(envelope.record);
  return {
    n: envelope.n,
    expiresAtMs: envelope.expiresAtMs,
    body: new TextDecoder().decode(record.body),
    tags: record.tags,
  };
}

function recordOf(text: string, tags: readonly string[]): Uint8Array {
  const bytes = new TextEncoder().encode(text);
  const fixed = { contentType: "text/plain", cacheControl: "max-age=1", expiresAtWallMs: 0, n: 0 };
  return encodeRecord({ ...fixed, tags, hash: hashOf(bytes, "text/plain"), variants: [bytes] });
}

function etagFor(text: string): string {
  return etagOf(hashOf(new TextEncoder().encode(text), "text/plain"), 0);
}
