// Commands that take long run in slices: others are answered meanwhile.

import { afterEach, expect, test } from "bun:test";
import { connect } from "node:net";
import { silentLog, type Log } from "../../src/base/log.ts";
import { encodeCommand, RespConnection } from "../support/resp-connection.ts";
import { startTestLane, type TestLane } from "../support/resp-lane.ts";
import { until } from "../support/until.ts";

const running: TestLane[] = [];

function lane(): TestLane {
  const started = startTestLane();
  running.push(started);
  return started;
}

afterEach(async () => {
  for (const started of running.splice(0)) await started.stop();
});

test("COMMAND INFO of very many commands lets others run meanwhile", async () => {
  const { port } = lane();
  const greedy = connect(port, "127.0.0.1");
  const names = Array<string>(100_000).fill("client");
  greedy.write(encodeCommand(["AUTH", "secret"]));
  greedy.write(encodeCommand(["COMMAND", "INFO", ...names]));
  greedy.resume();
  const other = await RespConnection.open(port, "secret");
  let pings = 0;
  while (greedy.bytesRead < 20_000_000) {
    expect(await other.ask("PING")).toBe("+PONG\r\n");
    pings++;
  }
  expect(pings).toBeGreaterThan(5);
  greedy.destroy();
});

test("more arguments than 1,048,576 are taken, others run meanwhile, and what is too much is read past", async () => {
  const { port, store } = lane();
  const client = await RespConnection.open(port, "secret");
  const other = await RespConnection.open(port, "secret");
  /** A command with `count` arguments, each the next of `words`. */
  const long = (name: string, count: number, words: (i: number) => string) => {
    const parts = [`*${count + 1}\r\n$${name.length}\r\n${name}\r\n`];
    for (let i = 0; i < count; i++) parts.push(`$${words(i).length}\r\n${words(i)}\r\n`);
    return Buffer.from(parts.join(""));
  };
  const key = (i: number) => `k${i % 5_000}`;
  const ask = async (command: Buffer) => {
    client.socket.write(command);
    const reply = client.reply();
    const pings: Promise<string>[] = [];
    for (let i = 0; i < 5; i++) pings.push(other.ask("PING"));
    expect(await Promise.race([reply, Promise.all(pings).then(() => "pings")])).toBe("pings");
    return (await reply).toString();
  };
  expect(await ask(long("MSET", 1_100_000, (i) => (i % 2 === 0 ? key(i) : "v")))).toBe("+OK\r\n");
  expect(store.engine.stats().entries).toBe(2_500);
  expect(await ask(long("EXISTS", 1_100_000, key))).toBe(":550000\r\n");
  expect(await ask(long("DEL", 1_100_000, (i) => (i === 1_099_999 ? "k".repeat(513) : key(i))))).toStartWith(
    "-ERR invalid key",
  );
  expect(await ask(long("DEL", 1_100_000, key))).toBe(":2500\r\n");
  expect(await ask(long("DEL", 5_000_000, () => "k"))).toContain("-ERR the ");
  client.socket.write(long("MGET", 1_100_000, key));
  client.close();
  expect(await other.ask("DBSIZE")).toBe(":0\r\n");
});

test("a connection that is cut in the midst of a long command, within a slice, is no bug", async () => {
  const bugs: string[] = [];
  const log: Log = {
    ...silentLog,
    error: (event, fields) => void bugs.push(`${event} ${JSON.stringify(fields)}`),
  };
  let reads = 0;
  const cut = () => {
    // The key is taken away while a part of the command is being done.
    if (++reads === 1_500) started.exchange("other:read=0123456789abcdef");
  };
  const started: TestLane = startTestLane({
    log,
    around: (store) =>
      new Proxy(store, {
        get(target, name) {
          if (name === "read") cut();
          const member: unknown = Reflect.get(target, name, target);
          return typeof member === "function" ? (member as () => unknown).bind(target) : member;
        },
      }),
  });
  running.push(started);
  const client = await RespConnection.open(started.port, "secret");
  client.socket.write(encodeCommand(["MGET", ...Array.from({ length: 5_000 }, (_, i) => `k${i}`)]));
  await until(() => client.isClosed);
  await new Promise((resolve) => setImmediate(resolve));
  expect(reads).toBeGreaterThanOrEqual(1_500);
  expect(bugs).toEqual([]);
});
