// The RESP lane over a store that answers later: the same answers in the same order, and counters that lose nothing.

import { afterAll, beforeAll, expect, test } from "bun:test";
import fc from "fast-check";
import { keyFault } from "../../src/gate/key.ts";
import { lateStore, type LateStore } from "../support/late-store.ts";
import { encodeCommand, RespConnection } from "../support/resp-connection.ts";
import { startTestLane, type TestLane } from "../support/resp-lane.ts";
import { commandArbitrary, type Words } from "./commands.arbitrary.ts";

let now: TestLane;
let later: TestLane;
let late: LateStore<unknown>;

beforeAll(() => {
  now = startTestLane();
  later = startTestLane({
    around(store) {
      const made = lateStore(store);
      late = made as LateStore<unknown>;
      return made.store;
    },
  });
});

afterAll(async () => {
  await Promise.all([now.stop(), later.stop()]);
});

async function answers(port: number, commands: readonly Words[]): Promise<string[]> {
  const connection = await RespConnection.open(port, "secret");
  await connection.ask("FLUSHALL");
  connection.socket.write(Buffer.concat(commands.map(encodeCommand)));
  const replies: string[] = [];
  for (const words of commands) {
    const reply = (await connection.reply()).toString("latin1");
    const isTime = /^(?:pttl|p?expiretime)$/i.test(String(words[0]));
    replies.push(isTime ? reply.replace(/\d{3,}/, "time") : reply);
  }
  connection.close();
  return replies;
}

test("pipelined commands are answered as they are by a store that answers at once", async () => {
  // MSETNX of several keys is one step only without L2, and refused with one.
  const usable = commandArbitrary.filter(
    (words) =>
      !/^msetnx$/i.test(String(words[0])) &&
      words.every((word) => keyFault(Buffer.from(word).toString("utf8"))?.code !== "key_ambiguous"),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(usable, { minLength: 1, maxLength: 30 }), async (commands) => {
      const [expected, given] = await Promise.all([
        answers(now.port, commands),
        answers(later.port, commands),
      ]);
      expect(given).toEqual(expected);
    }),
    { numRuns: 25 },
  );
});

test("counters and appends lose nothing to other writers", async () => {
  const clients = await Promise.all(
    Array.from({ length: 8 }, () => RespConnection.open(later.port, "secret")),
  );
  await clients[0]!.ask("DEL", "count", "text");
  let others = 0;
  late.between = () => {
    if (others >= 50) return;
    others += 1;
    const entry = later.store.engine.peek("count", Bun.nanoseconds() / 1e6);
    const body =
      entry === undefined ? "0" : Buffer.from(entry.record.subarray(-3)).toString().replace(/^\D+/, "");
    later.store.write("count", {
      body: Buffer.from(String(Number(body) + 1)),
      contentType: "application/octet-stream",
      cacheControl: undefined,
      ttlMs: undefined,
      tags: [],
    });
  };
  await Promise.all(
    clients.map(async (client) => {
      for (let i = 0; i < 20; i++) {
        client.send("INCR", "count");
        client.send("APPEND", "text", "x");
      }
      for (let i = 0; i < 40; i++) expect((await client.reply()).toString()).toStartWith(":");
    }),
  );
  late.between = () => {};
  expect(others).toBe(50);
  expect(await clients[0]!.ask("STRLEN", "text")).toBe(":160\r\n");
  expect(await clients[0]!.ask("GET", "count")).toBe("$3\r\n210\r\n");
  for (const client of clients) client.close();
});

test("a push tells of a change after the answer that it concerns, however late that answer is", async () => {
  const writer = await RespConnection.open(later.port, "secret");
  const reader = await RespConnection.open(later.port, "secret");
  await reader.ask("HELLO", "3");
  await reader.ask("CLIENT", "TRACKING", "ON");
  await writer.ask("SET", "pushed", "1");
  late.afterRead = () => later.store.changes.key("pushed");
  for (const [command, answer] of [
    [["GET", "pushed"], "$1\r\n1\r\n"],
    [["MGET", "pushed", "none"], "*2\r\n$1\r\n1\r\n_\r\n"],
    [["GETRANGE", "pushed", "0", "-1"], "$1\r\n1\r\n"],
  ] as const) {
    expect(await reader.ask(...command)).toBe(answer);
    expect((await reader.reply()).toString()).toBe(">2\r\n$10\r\ninvalidate\r\n*1\r\n$6\r\npushed\r\n");
  }
  late.afterRead = () => {};
  for (const client of [reader, writer]) client.close();
});

test("before an answer that no proof of coherence stands behind, all copies are told to be dropped", async () => {
  const reader = await RespConnection.open(later.port, "secret");
  await reader.ask("HELLO", "3");
  await reader.ask("CLIENT", "TRACKING", "ON");
  expect(await reader.ask("GET", "absent")).toBe("_\r\n");
  late.freshUntilMs = 0;
  reader.send("GET", "absent");
  const drop = ">2\r\n$10\r\ninvalidate\r\n_\r\n";
  // And after it: what was answered now may change unheard as well.
  for (const told of [drop, "_\r\n", drop]) expect((await reader.reply()).toString()).toBe(told);
  late.freshUntilMs = Number.POSITIVE_INFINITY;
  expect(await reader.ask("GET", "absent")).toBe("_\r\n");
  reader.close();
});
