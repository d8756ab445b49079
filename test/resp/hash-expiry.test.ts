// Fields of hashes that expire, as Redis 7.4 documents it: no server of that version is at hand to compare with.

import { afterAll, beforeAll, expect, test } from "bun:test";
import { RespConnection } from "../support/resp-connection.ts";
import { startTestLane, type TestLane } from "../support/resp-lane.ts";

let lane: TestLane;
let client: RespConnection;

beforeAll(async () => {
  lane = startTestLane();
  client = await RespConnection.open(lane.port, "secret");
});

afterAll(async () => {
  client.close();
  await lane.stop();
});

const list = (...numbers: number[]) => `*${numbers.length}\r\n${numbers.map((n) => `:${n}\r\n`).join("")}`;
const ask = (line: string) => client.ask(...line.split(" "));

test("a field that has expired is gone, others stay, and the hash goes with its last", async () => {
  await ask("HSET h a 1 b 2 c 3");
  expect(await ask("HEXPIRE h 100 FIELDS 2 a none")).toBe(list(1, -2));
  expect(await ask("HPEXPIRE h 5000 FIELDS 1 b")).toBe(list(1));
  expect(await ask("HTTL h FIELDS 4 a b c none")).toBe(list(100, 5, -1, -2));
  lane.advance(6_000);
  expect(await ask("HGETALL h")).toBe("*4\r\n$1\r\na\r\n$1\r\n1\r\n$1\r\nc\r\n$1\r\n3\r\n");
  expect(await ask("HLEN h")).toBe(":2\r\n");
  expect(await ask("HEXISTS h b")).toBe(":0\r\n");
  expect(await ask("OBJECT ENCODING h")).toBe("$10\r\nlistpackex\r\n");
  expect(await ask("HEXPIRE h 0 FIELDS 2 a c")).toBe(list(2, 2));
  expect(await ask("EXISTS h")).toBe(":0\r\n");
  expect(await ask("HTTL h FIELDS 1 a")).toBe(list(-2));
  expect(await ask("HPERSIST h FIELDS 1 a")).toBe(list(-2));
});

test("what sets a field takes its expiry away, what adds to it does not, and HPERSIST does", async () => {
  await ask("DEL h");
  await ask("HSET h a 1 b 2 c 3");
  await ask("HEXPIRE h 100 FIELDS 3 a b c");
  await ask("HSET h a 9");
  await ask("HINCRBY h b 1");
  expect(await ask("HTTL h FIELDS 3 a b c")).toBe(list(-1, 100, 100));
  expect(await ask("HPERSIST h FIELDS 3 a b none")).toBe(list(-1, 1, -2));
  expect(await ask("HTTL h FIELDS 2 b c")).toBe(list(-1, 100));
  await ask("RENAME h i");
  expect(await ask("HTTL i FIELDS 1 c")).toBe(list(100));
});

test("NX, XX, GT and LT look at the field's own expiry; times are told as they were given", async () => {
  await ask("DEL h");
  await ask("HSET h a 1 b 2");
  expect(await ask("HEXPIRE h 100 XX FIELDS 1 a")).toBe(list(0));
  expect(await ask("HEXPIRE h 100 GT FIELDS 1 a")).toBe(list(0));
  expect(await ask("HEXPIRE h 100 NX FIELDS 1 a")).toBe(list(1));
  expect(await ask("HEXPIRE h 100 NX FIELDS 1 a")).toBe(list(0));
  expect(await ask("HEXPIRE h 50 GT FIELDS 1 a")).toBe(list(0));
  expect(await ask("HEXPIRE h 50 LT FIELDS 2 a b")).toBe(list(1, 1));
  expect(await ask("HPEXPIREAT h 4000000000001 FIELDS 1 a")).toBe(list(1));
  expect(await ask("HPEXPIRETIME h FIELDS 1 a")).toBe(list(4_000_000_000_001));
  expect(await ask("HEXPIREAT h 4000000000 FIELDS 1 a")).toBe(list(1));
  expect(await ask("HEXPIRETIME h FIELDS 1 a")).toBe(list(4_000_000_000));
});

test("wrong arguments and wrong types are refused in Redis's words", async () => {
  await ask("SET s v");
  expect(await ask("HEXPIRE s 10 FIELDS 1 a")).toStartWith("-WRONGTYPE");
  expect(await ask("HTTL s FIELDS 1 a")).toStartWith("-WRONGTYPE");
  expect(await ask("HEXPIRE h 10 FIELDS 2 a")).toBe(
    "-ERR The `numfields` parameter must match the number of arguments\r\n",
  );
  expect(await ask("HEXPIRE h 10 FIELDS 0 a")).toBe(
    "-ERR Parameter `numFields` should be greater than 0\r\n",
  );
  expect(await ask("HEXPIRE h 10 ODD 1 a")).toBe(
    "-ERR Mandatory argument FIELDS is missing or not at the right position\r\n",
  );
  expect(await ask("HEXPIRE h x FIELDS 1 a")).toBe("-ERR value is not an integer or out of range\r\n");
  expect(await ask("HEXPIRE h -1 FIELDS 1 a")).toBe("-ERR invalid expire time, must be >= 0\r\n");
  expect(await ask("HTTL h")).toBe("-ERR wrong number of arguments for 'httl' command\r\n");
});
