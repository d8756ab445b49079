// Rights as one table: every lane, every operation, every set of scopes, with a prefix and without, on a real server.

import { afterAll, beforeAll, expect, test } from "bun:test";
import { RespConnection } from "../support/resp-connection.ts";
import { startRespServer, type RespServer } from "../support/resp-server.ts";
import { HTTP_OPERATIONS, tryHttp } from "./http-operations.ts";
import { respOperations, tryResp } from "./resp-operations.ts";
import { tryWebsocket, WEBSOCKET_OPERATIONS } from "./websocket-operations.ts";
import {
  API_KEYS,
  due,
  EVERYBODY,
  OUTSIDE,
  ROOT,
  TARGETS,
  type Need,
  type Outcome,
  type Reach,
  type Who,
} from "./who.ts";

const CONCURRENT = 16;
let server: RespServer;

beforeAll(async () => {
  server = await startRespServer({ CACHEE_API_KEYS: API_KEYS });
});

afterAll(async () => {
  await server?.stop();
});

interface Cell {
  readonly name: string;
  readonly due: Outcome;
  readonly attempt: () => Promise<Outcome>;
}

function cellsOf<O extends { readonly need: Need; readonly reach: Reach }>(
  operations: readonly O[],
  nameOf: (operation: O) => string,
  attempt: (who: Who, operation: O) => Promise<Outcome>,
): Cell[] {
  return operations.flatMap((operation) =>
    EVERYBODY.map((who) => ({
      name: `${nameOf(operation)}, by ${who.name}`,
      due: due(who, operation.need, operation.reach),
      attempt: () => attempt(who, operation),
    })),
  );
}

const root = (path: string, init: RequestInit = {}) =>
  fetch(server.url + path, { ...init, headers: { "x-api-key": ROOT.secret!, "cache-tag": "t" } });
const valueOf = (key: string) => `value of ${key}`;

async function fill(): Promise<void> {
  for (const key of TARGETS) await root(`/cache/${key}`, { method: "PUT", body: valueOf(key) });
}

/** Cells that come out otherwise than is due. */
async function faultsIn(cells: readonly Cell[]): Promise<string[]> {
  const faults: string[] = [];
  const queue = cells.values();
  const work = async () => {
    for (const { name, due: wanted, attempt } of queue) {
      const outcome = await attempt();
      if (outcome !== wanted) faults.push(`${name}: ${outcome}, due: ${wanted}`);
    }
  };
  await Promise.all(Array.from({ length: CONCURRENT }, work));
  return faults.sort();
}

/** What must be refused first, with every entry untouched afterwards; then what must be done. */
async function holds(cells: readonly Cell[]): Promise<void> {
  await fill();
  expect(await faultsIn(cells.filter((cell) => cell.due !== "done"))).toEqual([]);
  for (const key of [...OUTSIDE, TARGETS[0]]) {
    const answer = await root(`/cache/${key}`);
    expect([key, await answer.text()]).toEqual([key, valueOf(key)]);
  }
  expect(await faultsIn(cells.filter((cell) => cell.due === "done"))).toEqual([]);
}

test("HTTP", () =>
  holds(
    cellsOf(
      HTTP_OPERATIONS,
      ({ name }) => name,
      (who, operation) => tryHttp(server.url, who, operation),
    ),
  ));

test("an operator's key with a prefix is told of no keys outside it", async () => {
  const shop = EVERYBODY.find(
    ({ scopes, prefix }) => scopes.size === 1 && scopes.has("admin") && prefix !== "",
  )!;
  await fill();
  for (const path of [
    "/admin/entries",
    "/admin/entries?prefix=s",
    "/admin/hot",
    "/admin/big",
    "/admin/big?prefix=sho",
  ]) {
    const answer = await fetch(server.url + path, { headers: { "x-api-key": shop.secret! } });
    const { entries } = (await answer.json()) as { readonly entries: readonly { readonly key: string }[] };
    expect([path, entries.filter(({ key }) => !key.startsWith(shop.prefix))]).toEqual([path, []]);
  }
});

test("WebSocket", () =>
  holds(
    cellsOf(
      WEBSOCKET_OPERATIONS,
      ({ name }) => name,
      (who, operation) => tryWebsocket(server.url, who, operation),
    ),
  ));

test("RESP", async () => {
  const operations = await respOperations();
  await holds(
    cellsOf(
      operations,
      ({ command }) => command,
      (who, operation) => tryResp(server.respPort, who, operation),
    ),
  );
});

test("a client that tracks by prefix hears of keys that it may read, and of no others", async () => {
  const shop = EVERYBODY.find(
    ({ scopes, prefix }) => scopes.size === 1 && scopes.has("read") && prefix !== "",
  )!;
  for (const prefixes of [["PREFIX", "other/"], ["PREFIX", ""], ["PREFIX", shop.prefix, "PREFIX", "s"], []]) {
    const refused = await RespConnection.open(server.respPort, shop.secret);
    await refused.ask("HELLO", "3");
    expect(await refused.ask("CLIENT", "TRACKING", "ON", "BCAST", ...prefixes)).toStartWith("-");
    refused.close();
  }
  const listener = await RespConnection.open(server.respPort, shop.secret);
  await listener.ask("HELLO", "3");
  expect(await listener.ask("CLIENT", "TRACKING", "ON", "BCAST", "PREFIX", shop.prefix)).toBe("+OK\r\n");
  for (const key of [...OUTSIDE, "shop/heard"]) await root(`/cache/${key}`, { method: "PUT", body: "new" });
  const push = (await listener.reply()).toString();
  expect(push).toContain("shop/heard");
  expect(OUTSIDE.filter((key) => push.includes(`\r\n${key}\r\n`))).toEqual([]);
  listener.close();
});
