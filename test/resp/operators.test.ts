// CLIENT KILL, PAUSE and REPLY, and ACL: in Redis's words where a redis-server can be asked the same.

import { afterAll, beforeAll, expect, test } from "bun:test";
import { startRedis, type RedisServer } from "../support/redis.ts";
import { RespConnection } from "../support/resp-connection.ts";
import { startRespServer, type RespServer } from "../support/resp-server.ts";

const SECRET = "a-secret-of-the-operators-tests";
const SHOP = `${SECRET}-shop`;
let redis: RedisServer;
let cachee: RespServer;

beforeAll(async () => {
  [redis, cachee] = await Promise.all([
    startRedis(["--requirepass", SECRET]),
    startRespServer({ CACHEE_API_KEYS: `default:read+write+admin=${SECRET},shop:read:shop/=${SHOP}` }),
  ]);
});
afterAll(async () => void (await Promise.all([redis?.stop(), cachee?.stop()])));

const ports = () => [redis.port, cachee.respPort];

test("CLIENT KILL by id, type, age and address, with Redis's own answers", async () => {
  const both = [];
  for (const port of ports()) {
    const answers: string[] = [];
    const [own, other, third] = await Promise.all([1, 2, 3].map(() => RespConnection.open(port, SECRET)));
    const ask = async (...words: string[]) => void answers.push(await own!.ask(...words));
    const idOf = async (client: RespConnection) => (await client.ask("CLIENT", "ID")).slice(1, -2);
    await ask("CLIENT", "KILL", "ID", "0");
    await ask("CLIENT", "KILL", "ID", "x");
    await ask("CLIENT", "KILL", "TYPE", "nonsense");
    await ask("CLIENT", "KILL", "SKIPME", "perhaps");
    await ask("CLIENT", "KILL", "NONSENSE", "x");
    await ask("CLIENT", "KILL", "ID", "1", "TYPE");
    await ask("CLIENT", "KILL", "1.2.3.4:5");
    await ask("CLIENT", "KILL", "ADDR", "1.2.3.4:5");
    await ask("CLIENT", "KILL", "ID", await idOf(own!));
    await ask("CLIENT", "KILL", "ID", await idOf(other!));
    await other!.closed();
    await ask("CLIENT", "KILL", `127.0.0.1:${third!.socket.localPort}`);
    await third!.closed();
    await ask("CLIENT", "KILL", "ID", await idOf(own!), "SKIPME", "no");
    await own!.closed();
    both.push(answers);
  }
  expect(both[1]).toEqual(both[0]!);
});

test("CLIENT KILL by the name of an API key and by age; for operators alone", async () => {
  const own = await RespConnection.open(cachee.respPort, SECRET);
  const shop = await RespConnection.open(cachee.respPort, SHOP);
  expect(await shop.ask("CLIENT", "KILL", "SKIPME", "no")).toStartWith("-NOPERM");
  expect(await own.ask("CLIENT", "KILL", "USER", "shop", "MAXAGE", "1000")).toBe(":0\r\n");
  expect(await own.ask("CLIENT", "KILL", "USER", "shop", "TYPE", "normal")).toBe(":1\r\n");
  await shop.closed();
  own.close();
});

test("CLIENT PAUSE WRITE holds writes, ALL holds reads too, and UNPAUSE ends it", async () => {
  const operator = await RespConnection.open(cachee.respPort, SECRET);
  const client = await RespConnection.open(cachee.respPort, SECRET);
  await client.ask("SET", "paused", "before");
  expect(await operator.ask("CLIENT", "PAUSE", "x")).toBe(
    "-ERR timeout is not an integer or out of range\r\n",
  );
  expect(await operator.ask("CLIENT", "PAUSE", "60000", "WRITE")).toBe("+OK\r\n");
  client.send("GET", "paused");
  client.send("SET", "paused", "after");
  client.send("GET", "paused");
  expect((await client.reply()).toString()).toBe("$6\r\nbefore\r\n");
  expect(await operator.ask("GET", "paused")).toBe("$6\r\nbefore\r\n");
  expect(await operator.ask("CLIENT", "UNPAUSE")).toBe("+OK\r\n");
  expect((await client.reply()).toString()).toBe("+OK\r\n");
  expect((await client.reply()).toString()).toBe("$5\r\nafter\r\n");
  expect(await operator.ask("CLIENT", "PAUSE", "60000")).toBe("+OK\r\n");
  client.send("GET", "paused");
  expect(await operator.ask("CLIENT", "UNPAUSE")).toBe("+OK\r\n");
  expect((await client.reply()).toString()).toBe("$5\r\nafter\r\n");
  expect(await operator.ask("CLIENT", "PAUSE", "20")).toBe("+OK\r\n");
  expect(await client.ask("GET", "paused")).toBe("$5\r\nafter\r\n");
  operator.close();
  client.close();
});

test("CLIENT REPLY leaves out the answers that Redis leaves out", async () => {
  const both = [];
  for (const port of ports()) {
    const client = await RespConnection.open(port, SECRET);
    const words = (text: string) => text.split(" ");
    for (const line of [
      "SET r 1",
      "CLIENT REPLY SKIP",
      "GET r",
      "GET r",
      "CLIENT REPLY OFF",
      "GET r",
      "INCR r",
      "NONSENSE",
      "MGET r r",
      "CLIENT REPLY ON",
      "GET r",
      "CLIENT REPLY nonsense",
      "ECHO end",
    ]) {
      client.send(...words(line));
    }
    const answers: string[] = [];
    do answers.push((await client.reply()).toString());
    while (!answers.at(-1)!.includes("end"));
    both.push(answers);
    client.close();
  }
  expect(both[1]).toEqual(both[0]!);
  expect(both[1]).toEqual([
    "+OK\r\n",
    "$1\r\n1\r\n",
    "+OK\r\n",
    "$1\r\n2\r\n",
    "-ERR syntax error\r\n",
    "$3\r\nend\r\n",
  ]);
});

test("ACL tells rights and no secrets", async () => {
  const own = await RespConnection.open(cachee.respPort, SECRET);
  const shop = await RespConnection.open(cachee.respPort, SHOP);
  expect(await shop.ask("ACL", "WHOAMI")).toBe("$4\r\nshop\r\n");
  for (const name of ["LIST", "USERS"]) expect(await shop.ask("ACL", name)).toStartWith("-NOPERM");
  const list = await own.ask("ACL", "LIST");
  expect(list).toContain("user shop on ~shop/* resetchannels &shop/* -@all +@connection +@read");
  expect(list).not.toContain("secret");
  expect(await own.ask("ACL", "USERS")).toContain("shop");
  expect(await own.ask("ACL", "GETUSER", "shop")).toContain("~shop/*");
  expect(await own.ask("ACL", "GETUSER", "nobody")).toBe("$-1\r\n");
  expect(await own.ask("ACL", "CAT")).toContain("string");
  expect(await own.ask("ACL", "CAT", "hash")).toContain("hset");
  expect(await own.ask("ACL", "CAT", "nonsense")).toBe("-ERR Unknown category 'nonsense'\r\n");
  expect(await own.ask("ACL", "DRYRUN", "shop", "GET", "shop/a")).toBe("+OK\r\n");
  expect(await own.ask("ACL", "DRYRUN", "shop", "GET", "other")).toContain("no permissions to access");
  expect(await own.ask("ACL", "DRYRUN", "shop", "SET", "shop/a", "v")).toContain("'set' command");
  expect(await own.ask("ACL", "DRYRUN", "nobody", "GET", "a")).toStartWith("-ERR");
  expect(await own.ask("ACL", "GENPASS", "32")).toMatch(/^\$8\r\n[0-9a-f]{8}\r\n$/);
  expect(await own.ask("ACL", "SETUSER", "x")).toStartWith("-ERR");
  own.close();
  shop.close();
});
