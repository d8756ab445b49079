// What one client of the RESP lane may take of the server, and what becomes of one that takes more.

import { afterEach, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { InFlight } from "../../src/base/in-flight.ts";
import {
  LANE_GUEST_MS_MAX,
  LANE_GUESTS_PER_ADDRESS_MAX,
  LANE_STALLED_MS_MAX,
  RESP_PATTERN_CHARS_MAX,
  RESP_PATTERNS_MAX,
} from "../../src/base/limits.ts";
import { Connections, type CutReason } from "../../src/gate/connections.ts";
import { lateStore } from "../support/late-store.ts";
import { encodeCommand, RespConnection } from "../support/resp-connection.ts";
import { startTestLane, type TestLane, type TestLaneOptions } from "../support/resp-lane.ts";
import { until } from "../support/until.ts";

const running: TestLane[] = [];

function lane(options: TestLaneOptions = {}): TestLane {
  const started = startTestLane(options);
  running.push(started);
  return started;
}

afterEach(async () => {
  for (const started of running.splice(0)) await started.stop();
});

test("a time that no Date can hold is refused in Redis's words, and nothing is done", async () => {
  const client = await RespConnection.open(lane().port, "secret");
  await client.ask("SET", "k", "1");
  const refused = (command: string) => `-ERR invalid expire time in '${command}' command\r\n`;
  expect(await client.ask("SET", "k", "2", "PXAT", "9223372036854775807")).toBe(refused("set"));
  expect(await client.ask("SET", "k", "2", "PXAT", "8640000000000001")).toBe(refused("set"));
  expect(await client.ask("EXPIRE", "k", "100000000000000")).toBe(refused("expire"));
  expect(await client.ask("GETEX", "k", "EX", "9223372036854775")).toBe(refused("getex"));
  expect(await client.ask("GET", "k")).toBe("$1\r\n1\r\n");
  expect(await client.ask("TTL", "k")).toBe(":-1\r\n");
  expect(await client.ask("SET", "k", "2", "PXAT", "8640000000000000")).toBe("+OK\r\n");
});

test("patterns are bounded in SCAN, KEYS and CONFIG GET, and the longest that is let through is quick", async () => {
  const { port, store } = lane();
  const client = await RespConnection.open(port, "secret");
  for (let i = 0; i < 2_000; i++) await store.write(`key:${"a".repeat(400)}${i}`, draftOf("v"));
  const long = `[${"z".repeat(400_000)}]`;
  for (const command of [
    ["SCAN", "0", "MATCH", long],
    ["KEYS", long],
    ["CONFIG", "GET", long],
  ]) {
    expect(await client.ask(...command)).toContain("-ERR the pattern is longer than");
  }
  expect(await client.ask("CONFIG", "GET", ...Array(RESP_PATTERNS_MAX + 1).fill("z"))).toContain(
    "-ERR more than",
  );
  const worst = `*${"[^z]".repeat(RESP_PATTERN_CHARS_MAX / 4 - 1)}b`;
  const other = await RespConnection.open(port, "secret");
  const walked = client.ask("KEYS", worst);
  const pings: Promise<string>[] = [];
  for (let i = 0; i < 3; i++) pings.push(other.ask("PING"));
  // The pings of another come before the end of the walk.
  expect(await Promise.race([walked, Promise.all(pings).then(() => "pings")])).toBe("pings");
  expect(await walked).toBe("*0\r\n");
});

function draftOf(text: string) {
  const body = Buffer.from(text);
  return {
    body,
    contentType: "text/plain",
    cacheControl: undefined,
    ttlMs: undefined,
    tags: [],
    variants: [body],
  };
}

test("SCAN with a costly pattern gives the cursor back after a slice, and a whole walk sees every key", async () => {
  const { port, store } = lane();
  const client = await RespConnection.open(port, "secret");
  for (let i = 0; i < 3_000; i++) await store.write(`${"b".repeat(300)}${i}`, draftOf("v"));
  const worst = `*${"[^z]".repeat(200)}*`;
  const found = new Set<string>();
  let cursor = "0";
  let steps = 0;
  do {
    const reply = (await client.ask("SCAN", cursor, "MATCH", worst, "COUNT", "10000")).split("\r\n");
    cursor = reply[2]!;
    for (const line of reply.slice(4)) if (line.startsWith("b")) found.add(line);
    steps++;
  } while (cursor !== "0");
  expect(found.size).toBe(3_000);
  expect(steps).toBeGreaterThan(1);
});

test("an HTTP request is not answered line by line: the connection is closed at POST, or at Host:", async () => {
  const { port, store, connections } = lane();
  const opened = await RespConnection.open(port, "secret");
  opened.socket.write("POST / HTTP/1.1\r\nHost: x\r\n\r\nSET stolen 1\r\n");
  await opened.closed();
  const guest = await RespConnection.open(port);
  guest.socket.write("GET / HTTP/1.1\r\nHost: x\r\nX: y\r\n\r\n");
  await guest.closed();
  expect(connections.cuts.get("http")).toBe(2);
  expect(store.engine.stats().entries).toBe(0);
});

test("commands received before the end of the client's side are done and answered, whatever the store", async () => {
  const { port, store } = lane({ around: (inner) => lateStore(inner).store });
  const client = await RespConnection.open(port, "secret");
  const commands = Array.from({ length: 1_000 }, (_, i) => encodeCommand(["SET", `k${i}`, "v"]));
  client.socket.write(Buffer.concat([...commands, encodeCommand(["PING"]), Buffer.from("*1\r\n$4\r\nPI")]));
  client.endInput();
  for (const _ of commands) expect((await client.reply()).toString()).toBe("+OK\r\n");
  expect((await client.reply()).toString()).toBe("+PONG\r\n");
  await client.closed();
  expect(store.engine.stats().entries).toBe(1_000);
});

test("a guest has a bounded time to show a key, however busy it is", async () => {
  const started = lane();
  const guest = await RespConnection.open(started.port);
  for (let waited = 0; waited < LANE_GUEST_MS_MAX; waited += 4_000) {
    expect(guest.isClosed).toBeFalse();
    guest.send("PING");
    await guest.reply();
    started.advance(4_000);
  }
  await guest.closed();
  expect(started.connections.cuts.get("guests")).toBe(1);
});

test("a TLS handshake that does not come to its end is a guest's, and is cut as one", async () => {
  const directory = await mkdtemp(join(tmpdir(), "cachee-resp-tls-"));
  const [cert, key] = [join(directory, "cert.pem"), join(directory, "key.pem")];
  await Bun.$`openssl req -x509 -newkey rsa:2048 -nodes -days 1 -keyout ${key} -out ${cert} -subj /CN=localhost`.quiet();
  const started = lane({ tls: { cert: await Bun.file(cert).text(), key: await Bun.file(key).text() } });
  await rm(directory, { recursive: true });
  const begun = await RespConnection.open(started.port);
  begun.socket.write(Buffer.from([0x16, 3, 1]));
  const silent = await RespConnection.open(started.port);
  await until(() => started.laneTraffic.connections() === 2);
  started.advance(LANE_GUEST_MS_MAX + 1_000);
  await Promise.all([begun.closed(), silent.closed()]);
  expect(started.connections.cuts.get("guests")).toBe(2);
});

test("when guests fill their places the oldest goes, and one that shows its key is none", async () => {
  const connections = new Connections();
  const cut: string[] = [];
  const guest = (name: string, address = "10.0.0.1") => {
    const made = {
      address,
      cut(reason: CutReason) {
        connections.leaveGuest(made);
        cut.push(`${name} ${reason}`);
      },
    };
    connections.enterGuest(made);
    return made;
  };
  const known = guest("known");
  connections.leaveGuest(known);
  for (let i = 0; i < LANE_GUESTS_PER_ADDRESS_MAX; i++) guest(`g${i}`);
  expect(cut).toEqual([]);
  const late = Array.from({ length: LANE_GUESTS_PER_ADDRESS_MAX }, (_, i) => guest(`late${i}`));
  guest("elsewhere", "10.0.0.2");
  // One among them shows its key, which is read before any of them is cut.
  connections.leaveGuest(late[0]!);
  expect(cut).toEqual([]);
  await until(() => cut.length > 0);
  expect(cut.length).toBe(LANE_GUESTS_PER_ADDRESS_MAX - 1);
  expect(cut).not.toContain("late0 guests");
  expect(cut[0]).toBe("g0 guests");
});

test("MGETs of large values that nobody reads are refused before they are copied", async () => {
  const inFlight = new InFlight(32 * 1024 * 1024);
  const started = lane({ inFlight, valueBytesMax: 8 * 1024 * 1024 });
  const patient = await RespConnection.open(started.port, "secret");
  await patient.ask("SET", "v", Buffer.alloc(4 * 1024 * 1024));
  const keys = Array<string>(4).fill("v");
  const slow = await Promise.all(
    Array.from({ length: 4 }, () => RespConnection.open(started.port, "secret")),
  );
  for (const client of slow) {
    client.socket.pause();
    client.send("MGET", ...keys);
  }
  await until(() => inFlight.refused > 0);
  expect(inFlight.bytes).toBeLessThanOrEqual(inFlight.ownerBytesMax);
  expect(await patient.ask("MGET", ...keys)).toStartWith("*4\r\n-ERR overloaded");
  for (const client of slow) client.close();
  await until(() => inFlight.bytes === 0);
  expect((await patient.ask("MGET", ...keys)).length).toBeGreaterThan(16 * 1024 * 1024);
  await until(() => inFlight.bytes === 0);
});

test("a client that writes a long pipeline before it reads is not cut while it sends", async () => {
  const started = lane({ valueBytesMax: 8 * 1024 * 1024 });
  const silent = await RespConnection.open(started.port, "secret");
  await silent.ask("SET", "v", Buffer.alloc(8 * 1024 * 1024));
  const client = await RespConnection.open(started.port, "secret");
  await client.ask("SET", "k", Buffer.alloc(1_024));
  for (const reader of [silent, client]) reader.socket.pause();
  silent.send("GET", "v");
  const part = Buffer.concat(Array(10_000).fill(encodeCommand(["GET", "k"])));
  let sent = 0;
  do {
    client.socket.write(part);
    sent += 10_000;
    await until(() => client.socket.writableLength === 0);
    started.advance(LANE_STALLED_MS_MAX / 4);
    await Bun.sleep(100);
  } while (!started.connections.cuts.has("stalled"));
  client.socket.resume();
  for (let i = 0; i < sent; i++) expect((await client.reply()).length).toBe(1_024 + 9);
  expect(started.connections.cuts.get("stalled")).toBe(1);
});

test("a value that its reader may leave is refused before it is copied, and room is given back", async () => {
  const inFlight = new InFlight(24 * 1024 * 1024);
  const started = lane({ inFlight, valueBytesMax: 8 * 1024 * 1024 });
  const patient = await RespConnection.open(started.port, "secret");
  await patient.ask("SET", "v", Buffer.alloc(8 * 1024 * 1024));
  const slow = await Promise.all(
    Array.from({ length: 6 }, () => RespConnection.open(started.port, "secret")),
  );
  for (const client of slow) {
    client.socket.pause();
    client.send("GET", "v");
  }
  await until(() => inFlight.refused > 0);
  expect(inFlight.bytes).toBeLessThanOrEqual(inFlight.ownerBytesMax);
  expect(await patient.ask("GET", "v")).toStartWith("-ERR overloaded");
  expect(await patient.ask("PING")).toBe("+PONG\r\n");
  for (const client of slow) client.close();
  await until(() => inFlight.bytes === 0);
  expect(await patient.ask("STRLEN", "v")).toBe(":8388608\r\n");
  expect((await patient.ask("GET", "v")).length).toBeGreaterThan(8_388_608);
  expect(inFlight.bytes).toBe(0);
});

test("a command that is not whole is held within the budget, or refused", async () => {
  const inFlight = new InFlight(1024 * 1024);
  const started = lane({ inFlight });
  const clients = await Promise.all([1, 2, 3].map(() => RespConnection.open(started.port, "secret")));
  for (const client of clients) {
    client.socket.write("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$900000\r\n");
    client.socket.write(Buffer.alloc(800_000));
  }
  expect((await Promise.race(clients.map((client) => client.reply()))).toString()).toContain(
    "-ERR overloaded",
  );
  await Promise.race(clients.map((client) => client.closed()));
  for (const client of clients) client.close();
  await until(() => inFlight.bytes === 0);
});

test("what a store throws ends that connection and nothing else", async () => {
  const started = lane({
    around: (inner) => ({
      ...lateStore(inner).store,
      read(key) {
        if (key === "now") throw new Error("now");
        return Promise.reject(new Error("later"));
      },
    }),
  });
  const other = await RespConnection.open(started.port, "secret");
  for (const key of ["now", "later"]) {
    const client = await RespConnection.open(started.port, "secret");
    expect(await client.ask("STRLEN", key)).toContain("-ERR a fault of the server");
    await client.closed();
  }
  expect(started.connections.cuts.get("fault")).toBe(2);
  expect(await other.ask("PING")).toBe("+PONG\r\n");
});
