// Lua scripts as Redis runs them: the same answers over generated scripts, bounds, rights, and atomic over an L2.

import { afterAll, beforeAll, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import fc from "fast-check";
import { startRedis, type RedisServer } from "../support/redis.ts";
import { RespConnection } from "../support/resp-connection.ts";
import { startTestLane, type TestLane } from "../support/resp-lane.ts";
import { script } from "./scripts.arbitrary.ts";

const KEYS = "app:read+write+admin=secret,ro:read=r,shop:read+write:shop/=s";
let redis: RedisServer;
let lane: TestLane;
let theirs: RespConnection;
let ours: RespConnection;

beforeAll(async () => {
  redis = await startRedis();
  lane = startTestLane({ keys: KEYS });
  theirs = await RespConnection.open(redis.port);
  ours = await RespConnection.open(lane.port, "secret");
});

afterAll(async () => {
  theirs.close();
  ours.close();
  await lane.stop();
  await redis.stop();
});

for (const protocol of ["2", "3"]) {
  test(`generated scripts are answered as by Redis in RESP${protocol}`, async () => {
    for (const client of [theirs, ours]) await client.ask("HELLO", protocol);
    // As many as there is time for: where the process has much to collect, each takes long.
    const untilMs = performance.now() + 20_000;
    await fc.assert(
      fc.asyncProperty(fc.array(script, { minLength: 1, maxLength: 4 }), async (sources) => {
        if (performance.now() > untilMs) return;
        const said: string[][] = [];
        for (const client of [theirs, ours]) {
          await client.ask("FLUSHALL");
          const lines: string[] = [];
          for (const source of sources) {
            lines.push(source, await client.ask("EVAL", source, "2", "a", "b", "1", "word"));
            for (const key of ["a", "b"]) {
              lines.push(
                await client.ask("TYPE", key),
                await client.ask("GET", key),
                await client.ask("PTTL", key),
              );
            }
          }
          said.push(lines.map((line) => (/^:(?:9\d{4}|100000)\r\n$/.test(line) ? ":ttl" : line)));
        }
        expect(said[1]).toEqual(said[0]!);
      }),
      { numRuns: Number(process.env["RUNS"] ?? 300) },
    );
  }, 120_000);
}

test("SCRIPT, EVALSHA and what is wrong with either are Redis's own", async () => {
  const sha1 = createHash("sha1").update("return ARGV[1]").digest("hex");
  const commands = [
    ["SCRIPT", "LOAD", "return ARGV[1]"],
    ["EVALSHA", sha1, "0", "x"],
    ["EVALSHA", sha1.toUpperCase(), "0", "x"],
    ["EVALSHA_RO", sha1, "0", "y"],
    ["SCRIPT", "EXISTS", sha1, "0".repeat(40)],
    ["EVALSHA", "0".repeat(40), "0"],
    ["EVAL", "return 1", "x"],
    ["EVAL", "return 1", "2", "a"],
    ["EVAL", "return 1", "-1"],
    ["EVAL", "return 1"],
    ["EVAL", "return", "0"],
    ["EVAL", "not lua", "0"],
    ["SCRIPT", "LOAD", "not lua"],
    ["EVAL_RO", "return redis.call('set', KEYS[1], 1)", "1", "a"],
    ["EVAL_RO", "return redis.call('get', KEYS[1])", "1", "a"],
    ["EVAL", "#!lua flags=no-writes\nreturn redis.call('set', KEYS[1], 1)", "1", "a"],
    ["EVAL", "#!lua flags=nonsense\nreturn 1", "0"],
    ["EVAL", "#!js\nreturn 1", "0"],
    ["EVAL", "#!lua\nreturn 1", "0"],
    ["SCRIPT", "KILL"],
    ["SCRIPT", "NONSENSE"],
    ["SCRIPT", "FLUSH", "NONSENSE"],
    ["SCRIPT", "FLUSH", "SYNC"],
    ["EVALSHA", sha1, "0", "x"],
    ["MULTI"],
    ["EVAL", "redis.call('set', KEYS[1], 5) return redis.call('incr', KEYS[1])", "1", "a"],
    ["INCR", "a"],
    ["EXEC"],
  ];
  for (const words of commands) {
    expect([words, await ours.ask(...words)]).toEqual([words, await theirs.ask(...words)]);
  }
});

/** Whatever comes of each, it is an error or a value in time, and the connection and the next script go on. */
const GREEDY = [
  "while true do end",
  "while true do pcall(function() while true do end end) end",
  "coroutine.wrap(function() while true do end end)()",
  "local function f() return f() end f()",
  "local function f() return 1 + f() end return f()",
  "local s = 'x' while true do s = s .. s end",
  "local t = {} while true do t[#t + 1] = {} end",
  "return string.rep('x', 1e9)",
  "return string.rep('x', 1e6):gsub('x', string.rep('y', 1e6))",
  "return string.find(string.rep('a', 5000), string.rep('a-', 10) .. 'b')",
  "return string.format('%99999d', 1)",
  "return unpack({}, 1, 1e8)",
  "return table.concat({}, 'x', 1, 1e8)",
  "for i = 1, 1e9 do redis.call('set', KEYS[1], i) end",
  "local t = {} t[1] = t return t",
  "local t = {} for i = 1, 200 do t = {t} end return t",
  "return cjson.encode((function() local t = {} t[1] = t return t end)())",
  "return cjson.decode(string.rep('[', 1e5))",
  "return {map = {a = 1}, 2}",
  "local t = {} for i = 1, 3e5 do t[i] = 'x' end return table.concat(t)",
  "return loadstring('\\27LuaQ')",
  "return tostring(getmetatable('')) .. tostring(_G.getfenv)",
];

test("a script that takes too much is stopped, and nothing of it is done", async () => {
  for (const source of GREEDY) {
    await ours.ask("DEL", "greedy");
    const reply = await ours.ask("EVAL", `redis.call('set', KEYS[1], 'begun') ${source}`, "1", "greedy");
    if (reply.startsWith("-ERR the script was stopped")) {
      expect([source, await ours.ask("DEL", "greedy")]).toEqual([source, ":0\r\n"]);
    }
    expect(await ours.ask("EVAL", "return 'still here'", "0")).toContain("still here");
  }
  const stopped = await ours.ask("EVAL", "redis.call('set', KEYS[1], 1) while true do end", "1", "greedy");
  expect(stopped).toStartWith("-ERR the script was stopped");
});

test("a script leaves nothing behind for the next one", async () => {
  const traces = [
    "rawset(_G, 'left', 1)",
    "_G.left = 1",
    "table.insert(_G, 'left')",
    "table.insert(string, 'left')",
    "redis.left = 1",
    "string.left = 1",
    "getmetatable('').__index = {left = 1}",
    "setmetatable(_G, nil)",
    "math.randomseed(7)",
    "collectgarbage('stop')",
    "KEYS.left = 1",
    "redis = function() return 1 end",
    "redis = {call = function() return 'left' end, left = 1}",
    "string = {left = 1}",
    "tostring = function() return 'left' end",
    "rawget = function() return 'left' end",
    "pcall = function() return 'left' end",
    "_G = {}",
    "_G['tostring'] = function() return 'left' end",
    "getmetatable(_G).__index = {left = 1}",
    "getmetatable(_G).left = 1",
    "table.insert(getmetatable(_G), 'left')",
  ];
  const look = `
    return {tostring(rawget(_G, 'left')), tostring(_G[1]), tostring(rawget(string, 1)), tostring(redis.left),
      tostring(string.left), tostring(KEYS.left), tostring(('x').left), type(redis.call)}`;
  const before = await ours.ask("EVAL", look.replace("tostring(_G[1])", "'nil'"), "0");
  for (const trace of traces) {
    await ours.ask("EVAL", trace, "0");
    await ours.ask("EVAL", `pcall(function() ${trace} end)`, "0");
    expect([
      trace,
      await ours.ask("EVAL", look.replace("tostring(_G[1])", "tostring(rawget(_G, 1))"), "0"),
    ]).toEqual([trace, before]);
  }
  const random = "math.randomseed(7) return tostring(math.random())";
  const seeded = await ours.ask("EVAL", random, "0");
  expect(await ours.ask("EVAL", "return tostring(math.random())", "0")).not.toBe(seeded);
  expect(await ours.ask("EVAL", random, "0")).toBe(seeded);
});

test("a script that publishes is answered once, before whatever comes next", async () => {
  const unheard = await RespConnection.open(lane.port, "secret");
  expect(await unheard.ask("EVAL", "return redis.call('publish', 'news', 'a')", "0")).toBe(":0\r\n");
  expect(await unheard.ask("PING")).toBe("+PONG\r\n");
  unheard.close();
  const subscriber = await RespConnection.open(lane.port, "secret");
  await subscriber.ask("SUBSCRIBE", "news");
  const twice = "redis.call('publish', 'news', 'a') return redis.call('publish', 'news', 'b')";
  expect(await ours.ask("EVAL", twice, "0")).toBe(":1\r\n");
  expect(await ours.ask("PING")).toBe("+PONG\r\n");
  for (const message of ["a", "b"])
    expect((await subscriber.reply()).toString()).toContain(`\r\n${message}\r\n`);
  subscriber.close();
});

test("rights: a script may do what its client may, a prefix bounds every key, named or not", async () => {
  const [reader, shop] = await Promise.all(
    ["r", "s"].map((secret) => RespConnection.open(lane.port, secret)),
  );
  expect(await reader!.ask("EVAL", "return 1", "0")).toStartWith("-NOPERM");
  expect(await reader!.ask("EVAL_RO", "return redis.call('get', 'absent')", "0")).toBe("$-1\r\n");
  expect(await reader!.ask("EVAL_RO", "return redis.call('set', 'a', 1)", "0")).toStartWith(
    "-ERR Write commands",
  );
  expect(await reader!.ask("SCRIPT", "FLUSH")).toStartWith("-NOPERM");
  expect(await shop!.ask("EVAL", "return 1", "1", "other")).toStartWith("-NOPERM");
  expect(await shop!.ask("EVAL", "return redis.call('get', 'other')", "0")).toStartWith("-NOPERM");
  expect(await shop!.ask("EVAL", "return redis.call('set', KEYS[1], 1)", "1", "shop/a")).toBe("+OK\r\n");
  expect(await shop!.ask("EVAL", "return redis.call('flushall')", "0")).toStartWith(
    "-ERR This Redis command",
  );
  for (const client of [reader, shop]) client!.close();
});
