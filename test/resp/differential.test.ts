// Generated command sequences against a real redis-server: the same answers, byte for byte, in RESP2 and in RESP3.

import { afterAll, beforeAll, expect, test } from "bun:test";
import fc from "fast-check";
import { storedKeyOf } from "../../src/resp/wire/stored-key.ts";
import { startRedis, type RedisServer } from "../support/redis.ts";
import { encodeCommand, RespConnection } from "../support/resp-connection.ts";
import { startRespServer, type RespServer } from "../support/resp-server.ts";
import { commandArbitrary, type Words } from "./commands.arbitrary.ts";

const SECRET = "differential";
/** Sequences for each protocol; more of them: CACHEE_TEST_RUNS=5000. */
const RUNS = Number(process.env["CACHEE_TEST_RUNS"] ?? 150);

let redis: RedisServer;
let cachee: RespServer;

beforeAll(async () => {
  [redis, cachee] = await Promise.all([
    startRedis(["--databases", "1", "--requirepass", SECRET]),
    startRespServer({ CACHEE_API_KEYS: `default:read+write+admin=${SECRET}` }),
  ]);
});

afterAll(async () => {
  await Promise.all([redis?.stop(), cachee?.stop()]);
});

const lower = (word: string | Uint8Array | undefined) => (typeof word === "string" ? word.toLowerCase() : "");

/** A key whose stored form would be too long is refused here. */
function hasLongKey(words: Words): boolean {
  return words.some((word) => storedKeyOf(Buffer.from(word)) === undefined);
}

/** What no two servers can answer alike is made alike: times, to within a second. */
function comparable(words: Words, reply: string): string {
  const name = lower(words[0]);
  const number = /^:(\d{4,})\r\n$/.exec(reply);
  if ((name === "pttl" || name === "expiretime" || name === "pexpiretime") && number !== null) {
    return `:about ${Math.round(Number(number[1]) / 3_000)}`;
  }
  return reply;
}

async function answers(port: number, protocol: "2" | "3", commands: readonly Words[]): Promise<string[]> {
  const connection = await RespConnection.open(port, SECRET);
  try {
    await connection.ask("HELLO", protocol);
    await connection.ask("FLUSHALL");
    connection.socket.write(Buffer.concat(commands.map(encodeCommand)));
    const replies: string[] = [];
    for (const words of commands) {
      replies.push(comparable(words, (await connection.reply()).toString("latin1")));
    }
    return replies;
  } finally {
    connection.close();
  }
}

for (const protocol of ["2", "3"] as const) {
  test(`answers are Redis's own in RESP${protocol}`, async () => {
    const sequence = fc.array(
      commandArbitrary.filter((words) => !hasLongKey(words)),
      { minLength: 1, maxLength: 40 },
    );
    await fc.assert(
      fc.asyncProperty(sequence, async (commands) => {
        const [theirs, ours] = await Promise.all([
          answers(redis.port, protocol, commands),
          answers(cachee.respPort, protocol, commands),
        ]);
        expect(ours).toEqual(theirs);
      }),
      { numRuns: RUNS },
    );
  }, 120_000);
}

test("INCRBYFLOAT, OBJECT ENCODING and COMMAND LIST FILTERBY, where no rounding or history tells them apart", async () => {
  const both = await Promise.all(
    [redis.port, cachee.respPort].map((port) => RespConnection.open(port, SECRET)),
  );
  const ask = async (...words: string[]) => {
    const [theirs, ours] = await Promise.all(both.map((client) => client.ask(...words)));
    expect(`${words.join(" ")}: ${ours}`).toBe(`${words.join(" ")}: ${theirs}`);
  };
  const numbers = [
    "0",
    "1",
    "-1.5",
    "10.50",
    "3.0e0",
    "0.1",
    "",
    " 1",
    "1 ",
    "abc",
    "nan",
    "inf",
    "1e",
    "+2",
    ".5",
    "1.",
  ];
  for (const first of numbers) {
    for (const second of numbers) {
      await ask("SET", "number", first);
      await ask("INCRBYFLOAT", "number", second);
      await ask("GET", "number");
    }
  }
  for (const value of ["1", "-20", "01", "x", "y".repeat(44), "y".repeat(45), "9223372036854775808"]) {
    await ask("SET", "value", value);
    await ask("OBJECT", "ENCODING", "value");
  }
  await ask("OBJECT", "ENCODING", "absent");
  await ask("COMMAND", "LIST", "FILTERBY", "PATTERN", "psete*");
  await ask("COMMAND", "LIST", "FILTERBY", "nonsense", "x");
  for (const client of both) client.close();
});
