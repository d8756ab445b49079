// CLIENT TRACKING as Redis does it: the same answers, and the same keys told, over generated sequences.

import { afterAll, beforeAll, expect, test } from "bun:test";
import fc from "fast-check";
import { startRedis, type RedisServer } from "../support/redis.ts";
import { RespConnection } from "../support/resp-connection.ts";
import { startTestLane, type TestLane } from "../support/resp-lane.ts";

let redis: RedisServer;
let lane: TestLane;

beforeAll(async () => {
  redis = await startRedis();
  lane = startTestLane();
});

afterAll(async () => {
  await lane.stop();
  await redis.stop();
});

/** A step of the one that keeps copies, or of another that writes. */
interface Step {
  readonly by: "reader" | "writer";
  readonly words: readonly string[];
}

const key = fc.constantFrom("a:1", "a:2", "b:1", "b:2");
const prefix = fc.constantFrom("a:", "b:", "a:1", "", "c");
const options = fc.oneof(
  fc.constantFrom<string[]>([], ["NOLOOP"], ["OPTIN"], ["OPTOUT"], ["BCAST"], ["BCAST", "NOLOOP"]),
  fc
    .array(prefix, { minLength: 1, maxLength: 2 })
    .map((some) => ["BCAST"].concat(some.flatMap((each) => ["PREFIX", each]))),
  fc.constantFrom(["PREFIX", "a:"], ["OPTIN", "OPTOUT"], ["BCAST", "OPTIN"], ["nonsense"]),
);
const reads = fc.oneof(
  key.map((name) => ["GET", name]),
  fc.tuple(key, key).map(([one, two]) => ["MGET", one, two]),
  key.map((name) => ["EXISTS", name]),
);
const writes = fc.oneof(
  key.map((name) => ["SET", name, "v"]),
  // A DEL of what is not there is told here, which is once too often, and not by Redis.
  key.map((name) => ["GETDEL", name]),
  fc.tuple(key, key).map(([one, two]) => ["MSET", one, "v", two, "v"]),
  key.map((name) => ["APPEND", name, "v"]),
);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 3,
    arbitrary: options.map((some) => ({ by: "reader", words: ["CLIENT", "TRACKING", "ON", ...some] })),
  },
  { weight: 1, arbitrary: fc.constant({ by: "reader", words: ["CLIENT", "TRACKING", "OFF"] }) },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom("YES", "NO")
      .map((word) => ({ by: "reader", words: ["CLIENT", "CACHING", word] })),
  },
  { weight: 5, arbitrary: reads.map((words) => ({ by: "reader", words })) },
  { weight: 1, arbitrary: writes.map((words) => ({ by: "reader", words })) },
  { weight: 5, arbitrary: writes.map((words) => ({ by: "writer", words })) },
) as fc.Arbitrary<Step>;

/** What each step is answered, and which keys the reader is told of by then. */
async function transcript(
  port: number,
  secret: string | undefined,
  steps: readonly Step[],
): Promise<string[]> {
  const [reader, writer] = await Promise.all([
    RespConnection.open(port, secret),
    RespConnection.open(port, secret),
  ]);
  await writer.ask("FLUSHALL");
  await reader.ask("HELLO", "3");
  const lines: string[] = [];
  for (const { by, words } of steps) {
    const told = new Set<string>();
    const next = async () => {
      for (;;) {
        const reply = (await reader.reply()).toString();
        if (!reply.startsWith(">")) return reply;
        for (const line of reply.split("\r\n").slice(4)) if (/^[a-c]:/.test(line)) told.add(line);
      }
    };
    let answer: string;
    if (by === "writer") answer = await writer.ask(...words);
    else {
      reader.send(...words);
      answer = await next();
    }
    reader.send("PING");
    await next();
    lines.push(`${by} ${words.join(" ")}: ${answer} told ${[...told].sort().join(" ")}`);
  }
  reader.close();
  writer.close();
  return lines;
}

test("answers and pushes are Redis's own", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 25 }), async (steps) => {
      const [theirs, ours] = await Promise.all([
        transcript(redis.port, undefined, steps),
        transcript(lane.port, "secret", steps),
      ]);
      expect(ours).toEqual(theirs);
    }),
    { numRuns: 150 },
  );
});
