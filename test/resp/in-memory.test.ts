// Commands that come over HTTP: how their replies are read out of pieces, and what they may hold.

import { afterEach, expect, test } from "bun:test";
import { InFlight } from "../../src/base/in-flight.ts";
import { REST_REPLY_BYTES_MAX } from "../../src/base/limits.ts";
import { CommandRunner } from "../../src/resp/in-memory/command-runner.ts";
import { ReplyError, ReplyReader, type Reply } from "../../src/resp/in-memory/reply-reader.ts";
import { testLaneMakings } from "../support/resp-lane.ts";

const MIB = 2 ** 20;
let end = () => {};

afterEach(() => end());

function startRunner(inFlight = new InFlight()) {
  const { lane, unlisten } = testLaneMakings({ inFlight });
  end = unlisten;
  return { runner: new CommandRunner(lane), inFlight };
}

const kindOf = (reply: Reply) => (reply instanceof ReplyError ? reply.message : typeof reply);

test("replies are the same in whatever pieces they come", () => {
  const bytes = Buffer.from(
    "*3\r\n*0\r\n*2\r\n$3\r\na\r\n\r\n$-1\r\n*-1\r\n:-7\r\n+OK\r\n-ERR no\r\n$0\r\n\r\n",
  );
  const whole = [
    [[], [Buffer.from("a\r\n"), null], null],
    -7,
    "OK",
    new ReplyError("ERR no"),
    Buffer.alloc(0),
  ];
  for (let size = 1; size <= bytes.length; size++) {
    const reader = new ReplyReader();
    const replies: Reply[] = [];
    for (let from = 0; from < bytes.length; from += size) {
      reader.feed(bytes.subarray(from, from + size));
      for (let reply = reader.next(); reply !== undefined; reply = reader.next()) replies.push(reply);
    }
    expect(replies).toEqual(whole);
  }
});

test("past the bound of an answer no further command is run, and what is left is answered with an error", async () => {
  const { runner, inFlight } = startRunner();
  const all = () => true;
  await runner.run("secret", [["SET", "k", new Uint8Array(MIB)]], all);
  const gets = Array.from({ length: 40 }, () => ["GET", "k"]);
  const replies = await runner.run("secret", [...gets, ["SET", "behind", "1"]], all);
  const values = replies.filter((reply) => reply instanceof Uint8Array);
  expect(values.length).toBe(REST_REPLY_BYTES_MAX / MIB - 1);
  expect(new Set(replies.slice(values.length).map(kindOf))).toEqual(
    new Set([`ERR the replies are larger than ${REST_REPLY_BYTES_MAX} bytes`]),
  );
  expect(await runner.run("secret", [["EXISTS", "behind"]], all)).toEqual([0]);
  expect(inFlight.bytes).toBe(0);
});

test("replies that the process has no room for are errors, those before them are whole", async () => {
  const { runner, inFlight } = startRunner();
  await runner.run("secret", [["SET", "k", new Uint8Array(MIB)]], () => true);
  const few = (bytes: number) => bytes < 3 * MIB;
  const gets = Array.from({ length: 10 }, () => ["GET", "k"]);
  const replies = await runner.run("secret", [...gets, ["SET", "behind", "1"]], few);
  expect(replies.slice(0, 2)).toEqual([Buffer.alloc(MIB), Buffer.alloc(MIB)]);
  expect(new Set(replies.slice(2).map(kindOf)).size).toBe(1);
  expect(kindOf(replies.at(-1)!)).toStartWith("ERR overloaded");
  expect(await runner.run("secret", [["EXISTS", "behind"]], () => true)).toEqual([0]);
  expect(inFlight.bytes).toBe(0);
});

test("COMMAND and COMMAND DOCS are answered the same once more, in each protocol", async () => {
  const { runner } = startRunner();
  for (const command of [["COMMAND"], ["COMMAND", "DOCS"]]) {
    const [first, again] = await runner.run("secret", [command, command], () => true);
    expect(again).toEqual(first!);
    const [count] = await runner.run("secret", [["COMMAND", "COUNT"]], () => true);
    expect((first as readonly Reply[]).length).toBe(Number(count) * (command.length === 1 ? 1 : 2));
  }
});
