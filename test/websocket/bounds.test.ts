// What one client can make the WebSocket lane hold or do, against its bounds: answers, requests, time, budget, faults.

import { afterEach, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { InFlight } from "../../src/base/in-flight.ts";
import type { Clock } from "../../src/base/clock.ts";
import { WEBSOCKET_LATE_MAX } from "../../src/base/limits.ts";
import { encodeRequest } from "../../src/websocket/client/frames.ts";
import { GET, PROVE, PUT, TRACK } from "../../src/websocket/frames.ts";
import { lateStore } from "../support/late-store.ts";
import { startServer, type RunningServer } from "../support/server.ts";
import { until } from "../support/until.ts";
import { startWebsocketLane, type TestWebsocketLane } from "../support/websocket-lane.ts";
import { gets, RawClient } from "./raw-client.ts";

const MIB = 2 ** 20;
/** What a server may have in memory beside what L1 has, here, with one client that reads nothing. */
const RESIDENT_MORE_MAX = 96 * MIB;

let server: RunningServer | undefined;
let lane: TestWebsocketLane | undefined;

afterEach(async () => {
  await server?.stop();
  await lane?.stop();
  server = undefined;
  lane = undefined;
});

const put = (key: string, value: Uint8Array) =>
  encodeRequest({ operation: PUT, id: 1, key, value, contentType: "video/mp4" });

/** The resident bytes of process `pid`, and the most that they ever were. */
function residentBytes(pid: number): { now: number; peak: number } {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const of = (name: string) => Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)![1]) * 1_024;
  return { now: of("VmRSS"), peak: of("VmHWM") };
}

test.each([
  ["9 MB of GETs of a 4 KiB value", 4_096, 1_000_000],
  ["4 KB of GETs of an 8 MiB value", 8 * MIB, 400],
])("%s, of which the client reads nothing, cost little", async (_, bytes, count) => {
  server = await startServer({ CACHEE_L1_BYTES_MAX: "64mb" });
  const [greedy, other] = await Promise.all([
    RawClient.open(server.port, server.key),
    RawClient.open(server.port, server.key),
  ]);
  other.send(put("k", new Uint8Array(bytes).fill(7)));
  await until(() => other.count("done") === 1);
  const before = residentBytes(server.pid).now;
  greedy.pause();
  greedy.send(gets("k", count));
  for (let i = 1; i <= 200; i++) {
    other.send(encodeRequest({ operation: PROVE, id: i }));
    await until(() => other.count("proof") === i);
  }
  expect(residentBytes(server.pid).peak - before).toBeLessThan(RESIDENT_MORE_MAX);
  expect(greedy.isClosed).toBe(false);
  greedy.close();
  other.close();
});

test("answers that a slow client has to take come whole and in order, in messages of a bounded size", async () => {
  lane = startWebsocketLane();
  const client = await RawClient.open(lane.port);
  client.send(put("k", new Uint8Array(4_096).fill(7)));
  await until(() => client.count("done") === 1);
  client.keeps = false;
  const isHeld = () => lane!.options.inFlight.bytesOf("websocket_output") > 0;
  let asked = 0;
  // Where the pause comes too late all is taken, and asked for once more.
  while (!isHeld()) {
    client.pause();
    client.send(gets("k", 50_000));
    asked += 50_000;
    await until(() => isHeld() || client.count("value") === asked);
  }
  client.resume();
  await until(() => client.count("value") === asked);
  expect(client.valueBytes).toBe(asked * 4_096);
  expect(client.messages).toBeGreaterThan(500);
  await until(() => lane!.options.inFlight.bytes === 0);
  client.close();
});

test("large values are taken one by one", async () => {
  lane = startWebsocketLane();
  const client = await RawClient.open(lane.port);
  client.send(put("k", new Uint8Array(4 * MIB).fill(7)));
  await until(() => client.count("done") === 1);
  client.keeps = false;
  client.send(gets("k", 20));
  await until(() => client.count("value") === 20);
  expect(client.valueBytes).toBe(80 * MIB);
  client.close();
});

test("a long message leaves others their turn", async () => {
  lane = startWebsocketLane();
  const [long, other] = await Promise.all([RawClient.open(lane.port), RawClient.open(lane.port)]);
  long.send(put("k", new Uint8Array(10)));
  await until(() => long.count("done") === 1);
  long.keeps = false;
  let seen = 0;
  long.send(gets("k", 300_000));
  for (let i = 1; long.count("value") < 300_000; i++) {
    other.send(encodeRequest({ operation: PROVE, id: i }));
    await until(() => other.count("proof") === i);
    seen = i;
  }
  expect(seen).toBeGreaterThan(5);
  long.close();
  other.close();
});

test("past the budget large answers are refused with a frame, and other connections go on", async () => {
  const inFlight = new InFlight(32 * MIB, 0.5);
  lane = startWebsocketLane({ inFlight, keys: "a:read+write=secret,b:read+write=other" });
  const first = await RawClient.open(lane.port);
  first.send(put("k", new Uint8Array(7 * MIB)));
  await until(() => first.count("done") === 1);
  const slow = await Promise.all(Array.from({ length: 6 }, () => RawClient.open(lane!.port)));
  for (const client of slow) {
    client.pause();
    client.send(gets("k", 1));
  }
  await until(() => inFlight.refused > 0);
  expect(inFlight.bytesOfOwner("a")).toBeLessThanOrEqual(16 * MIB);
  const other = await RawClient.open(lane.port, "other");
  other.send(gets("k", 1));
  await until(() => other.count("value") === 1);
  for (const client of slow) client.resume();
  await until(() => slow.every((client) => client.answers.length === 1));
  const codes = slow.flatMap(({ answers }) => answers).map((a) => (a.kind === "failed" ? a.code : a.kind));
  expect(new Set(codes)).toEqual(new Set(["value", "overloaded"]));
  await until(() => inFlight.bytes === 0);
  for (const client of [first, other, ...slow]) client.close();
});

test("a client that takes nothing is cut at last, and what it held is given back", async () => {
  lane = startWebsocketLane();
  const { inFlight, connections } = lane.options;
  const client = await RawClient.open(lane.port);
  client.send(put("k", new Uint8Array(7 * MIB)));
  await until(() => client.count("done") === 1);
  client.pause();
  client.send(gets("k", 3));
  await until(() => inFlight.bytesOf("websocket_output") > 0);
  lane.advance(60_000);
  await until(() => connections.cuts.get("stalled") === 1);
  await until(() => connections.open === 0 && inFlight.bytes === 0);
  client.close();
});

test("what a handler throws ends its connection, and nothing else", async () => {
  let isBroken = false;
  const logged: string[] = [];
  lane = startWebsocketLane({}, (options) => {
    const clock: Clock = {
      ...options.clock,
      nowNs: () => {
        if (isBroken) throw new Error("a fault");
        return options.clock.nowNs();
      },
    };
    const log = { ...options.log, error: (event: string) => void logged.push(event) };
    return { ...options, clock, log };
  });
  const [one, other] = await Promise.all([RawClient.open(lane.port), RawClient.open(lane.port)]);
  isBroken = true;
  one.send(encodeRequest({ operation: PROVE, id: 1 }));
  await until(() => one.isClosed || one.closeCode !== undefined);
  isBroken = false;
  expect(one.closeCode).toBe(1011);
  expect(logged).toEqual(["bug"]);
  expect(lane.options.connections.cuts.get("fault")).toBe(1);
  other.send(encodeRequest({ operation: PROVE, id: 1 }));
  await until(() => other.count("proof") === 1);
  one.close();
  other.close();
});

test("keys that are none, or are not allowed, are refused before anything is remembered of them", async () => {
  lane = startWebsocketLane({ keys: "a:read:shop/=secret" });
  const client = await RawClient.open(lane.port);
  const bad = ["", "../x", "a\nb", "k".repeat(60_000), "other/x"];
  client.send(Buffer.concat(bad.map((key, i) => gets(key, 1, TRACK).fill(i + 1, 4, 5))));
  const latin = Buffer.from(gets("shop/xx", 1, TRACK));
  latin.set([0xed, 0xa0, 0x80], 12);
  client.send(latin);
  await until(() => client.answers.length === bad.length + 1);
  const codes = client.answers.map((answer) => (answer.kind === "failed" ? answer.code : answer.kind));
  expect(codes).toEqual([
    "key_empty",
    "key_ambiguous",
    "key_control_character",
    "key_too_long",
    "forbidden",
    "key_bad_utf8",
  ]);
  expect(lane.options.tracker.tracked).toBe(0);
  client.close();
});

test("a key taken away closes its connections, one narrowed forgets what it tracked", async () => {
  lane = startWebsocketLane({ keys: "gone:read=secret,less:read=other" });
  const [gone, less] = await Promise.all([
    RawClient.open(lane.port, "secret"),
    RawClient.open(lane.port, "other"),
  ]);
  const { store, tracker } = lane.options;
  await store.write("k", {
    body: new Uint8Array(1),
    contentType: "text/plain",
    cacheControl: undefined,
    ttlMs: undefined,
    tags: [],
  });
  for (const client of [gone, less]) {
    client.send(gets("k", 1, TRACK));
    await until(() => client.count("value") === 1);
  }
  expect(tracker.tracked).toBe(2);
  lane.exchange("less:read:shop/=other");
  await until(() => gone.closeCode === 1008 && less.count("drop_all") === 1);
  expect(tracker.tracked).toBe(0);
  less.send(gets("k", 1, TRACK));
  await until(() => less.count("failed") === 1);
  gone.close();
  less.close();
});

test("a change during a tracked GET is told behind its answer, too", async () => {
  lane = startWebsocketLane({}, (options) => {
    const late = lateStore(options.store);
    late.afterRead = () => void options.store.remove("k");
    return { ...options, store: late.store };
  });
  const client = await RawClient.open(lane.port);
  client.send(put("k", new Uint8Array(1)));
  await until(() => client.count("done") === 1);
  client.send(encodeRequest({ operation: GET, id: 2, key: "k", flags: TRACK }));
  await until(() => client.count("value") === 1 && client.answers.at(-1)?.kind !== "value");
  const kinds = client.answers.map(({ kind }) => kind);
  expect(kinds.slice(kinds.indexOf("value"))).toEqual(["value", "invalidate"]);
  client.close();
});

test("a miss is paid for before the store is asked, and what the store has costs nothing", async () => {
  let reads = 0;
  lane = startWebsocketLane({ rateLimit: 5 }, (options) => {
    const late = lateStore(options.store);
    late.afterRead = () => void (reads += 1);
    return { ...options, store: late.store };
  });
  const client = await RawClient.open(lane.port);
  client.send(put("k", new Uint8Array(1)));
  await until(() => client.count("done") === 1);
  client.send(gets("k", 3));
  await until(() => client.count("value") === 3);
  client.send(gets("k", 3));
  await until(() => client.count("value") === 6);
  reads = 0;
  client.send(gets("absent", 50));
  await until(() => client.count("miss") + client.count("failed") === 50);
  expect(reads).toBe(client.count("miss"));
  expect(reads).toBeLessThan(8);
  expect(client.answers.filter((answer) => answer.kind === "failed")).toContainEqual(
    expect.objectContaining({ code: "rate_limited" }),
  );
  client.close();
});

test("of one client's requests only so many wait for the store at once", async () => {
  const answer: (() => void)[] = [];
  lane = startWebsocketLane({}, (options) => {
    const store = { ...lateStore(options.store).store };
    store.read = () => new Promise((resolve) => answer.push(() => resolve({ kind: "miss" })));
    return { ...options, store };
  });
  const client = await RawClient.open(lane.port);
  client.send(gets("k", 1_000));
  client.send(gets("k", 1_000));
  await until(() => answer.length === WEBSOCKET_LATE_MAX);
  await until(() => lane!.options.inFlight.bytesOf("websocket_input") > 0);
  let mostAtOnce = 0;
  while (client.count("miss") < 2_000) {
    mostAtOnce = Math.max(mostAtOnce, answer.length);
    for (const one of answer.splice(0)) one();
    await until(() => answer.length > 0 || client.count("miss") === 2_000);
  }
  expect(mostAtOnce).toBe(WEBSOCKET_LATE_MAX);
  await until(() => lane!.options.inFlight.bytes === 0);
  client.close();
});
