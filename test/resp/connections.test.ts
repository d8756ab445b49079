// RESP connections under strain: large values to slow readers, silence, broken protocol, expiry, tracking, stop.

import { afterEach, expect, test } from "bun:test";
import { InFlight } from "../../src/base/in-flight.ts";
import { LANE_GUEST_MS_MAX, LANE_IDLE_MS_MAX, LANE_STALLED_MS_MAX } from "../../src/base/limits.ts";
import { RespConnection } from "../support/resp-connection.ts";
import { startTestLane, type TestLane, type TestLaneOptions } from "../support/resp-lane.ts";

const running: TestLane[] = [];

function lane(options: TestLaneOptions = {}): TestLane {
  const started = startTestLane(options);
  running.push(started);
  return started;
}

afterEach(async () => {
  for (const started of running.splice(0)) await started.stop();
});

test("large values come whole and in order, whatever the reader's pace", async () => {
  const { port } = lane({ valueBytesMax: 8 * 1024 * 1024 });
  const client = await RespConnection.open(port, "secret");
  const values = [3, 5 * 1024 * 1024, 100, 70_000, 2 * 1024 * 1024].map((bytes, i) =>
    Buffer.alloc(bytes, 97 + i),
  );
  for (const [i, value] of values.entries()) expect(await client.ask("SET", `v${i}`, value)).toBe("+OK\r\n");
  client.socket.pause();
  for (let round = 0; round < 3; round++) for (const i of values.keys()) client.send("GET", `v${i}`);
  client.send("PING");
  client.socket.resume();
  for (let round = 0; round < 3; round++) {
    for (const value of values) {
      const reply = await client.reply();
      const head = `$${value.length}\r\n`;
      expect(reply.length).toBe(head.length + value.length + 2);
      expect(reply.subarray(head.length, -2).equals(value)).toBe(true);
    }
  }
  expect((await client.reply()).toString()).toBe("+PONG\r\n");
});

test("a reader that takes nothing is cut, and not before", async () => {
  const started = lane({ valueBytesMax: 8 * 1024 * 1024 });
  const client = await RespConnection.open(started.port, "secret");
  await client.ask("SET", "v", Buffer.alloc(8 * 1024 * 1024));
  client.socket.pause();
  for (let i = 0; i < 4; i++) client.send("GET", "v");
  const other = await RespConnection.open(started.port, "secret");
  expect(await other.ask("PING")).toBe("+PONG\r\n");
  started.advance(LANE_STALLED_MS_MAX * 2);
  while (!started.connections.cuts.has("stalled")) await other.ask("PING");
  expect(started.laneTraffic.connections()).toBe(1);
  expect([...started.connections.cuts]).toEqual([["stalled", 1]]);
});

test("silence ends a connection: a guest's soon, a key's later, one that tracks never", async () => {
  const started = lane();
  const guest = await RespConnection.open(started.port);
  const known = await RespConnection.open(started.port, "secret");
  const tracking = await RespConnection.open(started.port, "secret");
  await tracking.ask("HELLO", "3");
  await tracking.ask("CLIENT", "TRACKING", "ON");
  started.advance(LANE_GUEST_MS_MAX + 1_000);
  await guest.closed();
  expect(await known.ask("PING")).toBe("+PONG\r\n");
  started.advance(LANE_IDLE_MS_MAX + 1_000);
  await known.closed();
  expect(await tracking.ask("PING")).toBe("+PONG\r\n");
});

test("broken protocol is answered and ends the connection", async () => {
  const client = await RespConnection.open(lane().port, "secret");
  client.send("PING");
  client.socket.write("*1\r\n!x\r\n");
  expect((await client.reply()).toString()).toBe("+PONG\r\n");
  expect((await client.reply()).toString()).toBe("-ERR Protocol error: expected '$', got '!'\r\n");
  await client.closed();
});

test("entries expire, KEEPTTL keeps to the millisecond, a default applies where none is given", async () => {
  const started = lane({ defaultTtlMs: 5_000 });
  const client = await RespConnection.open(started.port, "secret");
  await client.ask("SET", "a", "1", "PXAT", "4000000000123");
  await client.ask("SET", "a", "2", "KEEPTTL");
  await client.ask("INCR", "a");
  await client.ask("APPEND", "a", "0");
  const { entry } = started.store.read("a", Bun.nanoseconds() / 1e6) as { entry: { record: Uint8Array } };
  expect(new DataView(entry.record.slice().buffer).getFloat64(8, true)).toBe(4_000_000_000_123);
  await client.ask("SET", "b", "1");
  expect(await client.ask("TTL", "b")).toBe(":5\r\n");
  await client.ask("PERSIST", "b");
  await client.ask("SET", "c", "1", "PX", "3000");
  started.advance(3_001);
  expect(await client.ask("MGET", "a", "b", "c")).toBe("*3\r\n$2\r\n30\r\n$1\r\n1\r\n$-1\r\n");
  expect(await client.ask("SET", "b", "1", "EXAT", "1")).toBe("+OK\r\n");
  expect(await client.ask("EXISTS", "b")).toBe(":0\r\n");
});

test("tracking: told once of a key that was read, by whichever way it changes", async () => {
  const started = lane();
  const reader = await RespConnection.open(started.port, "secret");
  const writer = await RespConnection.open(started.port, "secret");
  const told = (key: string) => `>2\r\n$10\r\ninvalidate\r\n*1\r\n$${key.length}\r\n${key}\r\n`;
  const next = async () => (await reader.reply()).toString();
  await reader.ask("HELLO", "3");
  expect(await reader.ask("CLIENT", "TRACKING", "ON")).toBe("+OK\r\n");
  for (const change of [
    ["SET", "k", "2"],
    ["DEL", "k"],
    ["SET", "k", "3"],
    ["EXPIRE", "k", "100"],
    ["GETDEL", "k"],
  ]) {
    await reader.ask("GET", "k");
    await writer.ask(...change);
    expect(await next()).toBe(told("k"));
  }
  await writer.ask("SET", "k", "1", "PX", "4000");
  await reader.ask("GET", "k");
  started.advance(5_000);
  expect(await next()).toBe(told("k"));
  await writer.ask("SET", "k", "unseen");
  await reader.ask("MGET", "k", "l");
  await started.store.invalidate({ kind: "prefix", prefix: "k" }, "test");
  expect(await next()).toBe(told("k"));
  await writer.ask("FLUSHALL");
  expect(await next()).toBe(">2\r\n$10\r\ninvalidate\r\n_\r\n");
  expect(started.tracker.tracked).toBe(0);
  reader.close();
  await reader.closed();
});

test("tracking modes: NOLOOP, OPTIN, BCAST; what is under way is never split", async () => {
  const started = lane();
  const reader = await RespConnection.open(started.port, "secret");
  const writer = await RespConnection.open(started.port, "secret");
  await reader.ask("HELLO", "3");
  await reader.ask("CLIENT", "TRACKING", "ON", "NOLOOP");
  await reader.ask("GET", "a");
  expect(await reader.ask("SET", "a", "1")).toBe("+OK\r\n");
  expect(await reader.ask("PING")).toBe("+PONG\r\n");
  await reader.ask("CLIENT", "TRACKING", "OFF");
  await reader.ask("CLIENT", "TRACKING", "ON", "OPTIN");
  await reader.ask("GET", "a");
  await writer.ask("SET", "a", "2");
  expect(await reader.ask("CLIENT", "CACHING", "YES")).toBe("+OK\r\n");
  expect(await reader.ask("GET", "a")).toBe("$1\r\n2\r\n");
  await writer.ask("SET", "a", "3");
  expect((await reader.reply()).toString()).toStartWith(">2\r\n$10\r\ninvalidate");
  await reader.ask("CLIENT", "TRACKING", "OFF");
  expect(await reader.ask("CLIENT", "TRACKING", "ON", "BCAST", "PREFIX", "user/")).toBe("+OK\r\n");
  await writer.ask("MSET", "a", "1", "user/1", "1", "user/2", "1");
  expect((await reader.reply()).toString()).toContain("*2\r\n$6\r\nuser/1\r\n$6\r\nuser/2\r\n");
});

test("many changes at once are told by name, or as 'drop all' where the names are too many bytes", async () => {
  const inFlight = new InFlight(4 * 1024 * 1024);
  const { port, store, connections } = lane({ inFlight });
  const listen = async () => {
    const connection = await RespConnection.open(port, "secret");
    await connection.ask("HELLO", "3");
    await connection.ask("CLIENT", "TRACKING", "ON", "BCAST");
    return connection;
  };
  const write = (...keys: string[]) => {
    for (const key of keys) {
      store.write(key, {
        body: new Uint8Array(1),
        contentType: "text/plain",
        cacheControl: undefined,
        ttlMs: undefined,
        tags: [],
      });
    }
  };
  const long = (count: number) => Array.from({ length: count }, (_, i) => `${i}`.padStart(400, "k"));
  const dropAll = ">2\r\n$10\r\ninvalidate\r\n_\r\n";
  const listener = await listen();
  write(...long(2_000));
  expect((await listener.reply()).length).toBeGreaterThan(2_000 * 400);
  write(...long(3_000));
  expect((await listener.reply()).toString()).toBe(dropAll);
  // Of many who take nothing, not all can be told by name.
  const others = await Promise.all(Array.from({ length: 10 }, listen));
  for (const other of others) other.socket.pause();
  for (let round = 0; round < 80; round++) {
    write(...long(500));
    await listener.reply();
  }
  for (const other of others) other.socket.resume();
  write("end");
  let dropped = 0;
  for (const other of others) {
    for (let told = ""; !told.endsWith("end\r\n") && !other.isClosed;) {
      told = await other.reply().then(String, () => "");
      dropped += Number(told === dropAll);
    }
  }
  expect(dropped).toBeGreaterThan(0);
  expect(connections.cuts.get("overloaded")).toBeUndefined();
});

test("commands are counted by name and outcome", async () => {
  const started = lane();
  const client = await RespConnection.open(started.port, "secret");
  await client.ask("SET", "a", "x");
  await client.ask("GET", "a");
  await client.ask("INCR", "a");
  const counts = [...started.laneTraffic.commands()].map(
    ({ command, ok, failed }) => `${command} ${ok} ${failed}`,
  );
  expect(counts.sort()).toEqual(["auth 1 0", "get 1 0", "incr 0 1", "set 1 0"]);
  expect(started.laneTraffic.durations.count).toBe(4);
});

test("stopping answers what runs and closes", async () => {
  const started = startTestLane();
  const client = await RespConnection.open(started.port, "secret");
  client.send("PING");
  expect((await client.reply()).toString()).toBe("+PONG\r\n");
  await started.stop();
  await client.closed();
});
