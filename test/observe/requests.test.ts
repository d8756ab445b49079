// The last requests: of all lanes and workers, refused ones all of them, within a key's prefix, followed by several at once.

import { afterAll, beforeAll, expect, test } from "bun:test";
import type { RequestPage, RequestRecord } from "../../src/observe/requests/request-record.ts";
import { RequestRing } from "../../src/observe/requests/request-ring.ts";
import { Traffic } from "../../src/observe/traffic.ts";
import { encodeRequest } from "../../src/websocket/client/frames.ts";
import { GET, PUT } from "../../src/websocket/frames.ts";
import { requestStream } from "../../src/http/handlers/admin/request-stream.ts";
import { describeKinds } from "../support/instance-kinds.ts";
import { RespConnection } from "../support/resp-connection.ts";
import { startRespServer, type RespServer } from "../support/resp-server.ts";
import { startServer } from "../support/server.ts";
import { until } from "../support/until.ts";

const ROOT = "secret-of-the-root-key";
const SHOP = "secret-of-the-shop-key";
const KEYS = `root:read+write+admin=${ROOT},shop:read+write+admin:shop/=${SHOP}`;

describeKinds((where, env) => {
  let server: RespServer;
  beforeAll(async () => {
    server = await startRespServer({ CACHEE_API_KEYS: KEYS, ...env() });
    await until(async () => (await fetch(`${server.url}/health/ready`)).status === 200);
  });
  afterAll(async () => void (await server.stop()));

  const send = (method: string, path: string, secret = ROOT, fields: Record<string, string> = {}) =>
    fetch(server.url + path, {
      method,
      headers: { "x-api-key": secret, "x-request-id": "r1", ...fields },
      ...(method === "PUT" ? { body: "v" } : {}),
    });
  const requests = async (query = "", secret = ROOT) =>
    ((await (await send("GET", `/admin/requests${query}`, secret)).json()) as RequestPage).requests;

  /** The one request with `key` in `lane`, once it is there. */
  async function requestOf(lane: string, key: string): Promise<RequestRecord> {
    let found: RequestRecord | undefined;
    await until(async () => {
      found = (await requests(`?lane=${lane}&prefix=${key}`)).find((request) => request.key === key);
      return found !== undefined;
    });
    return found!;
  }

  test("HTTP: a write, a hit, a miss, and what is refused, with why", async () => {
    await send("PUT", "/cache/shop/a");
    expect(await requestOf("cold", "shop/a")).toMatchObject({
      method: "PUT",
      status: 201,
      code: null,
      apiKey: "root",
      requestId: "r1",
      oneIn: 1,
    });
    // With several workers the one that is asked may have to fetch it first.
    await until(async () => {
      await send("GET", "/cache/shop/a");
      return (await requests("?lane=fast")).length > 0;
    });
    expect(await requestOf("fast", "shop/a")).toMatchObject({ method: "GET", status: 200, requestId: null });
    await send("GET", "/cache/none");
    expect(await requestOf("cold", "none")).toMatchObject({ status: 404, code: "key_not_found" });
    await send("GET", "/cache/refused", "a-secret-that-is-wrong");
    expect(await requestOf("http", "refused")).toMatchObject({
      status: 401,
      code: "unauthorized",
      apiKey: null,
    });
    await send("POST", "/batch");
    expect((await requests("?status=4xx&code=bad_json"))[0]).toMatchObject({ path: "/batch", key: null });
  });

  test("RESP and WebSocket: what they answer and what they refuse", async () => {
    const root = await RespConnection.open(server.respPort, ROOT);
    const shop = await RespConnection.open(server.respPort, SHOP);
    await root.ask("SET", "resp-set", "1");
    await root.ask("GET", "resp-set");
    expect(await requestOf("resp", "resp-set")).toMatchObject({ status: null, apiKey: "root", code: null });
    await shop.ask("GET", "elsewhere");
    expect(await requestOf("resp", "elsewhere")).toMatchObject({
      method: "GET",
      code: "forbidden",
      apiKey: "shop",
    });
    await root.ask("AUTH", "root", "a-secret-that-is-wrong");
    await root.ask("NONSENSE", "a-secret-that-is-wrong");
    root.close();
    shop.close();
    const headers = { "x-api-key": SHOP };
    const socket = new WebSocket(`${server.url.replace("http", "ws")}/ws`, { headers });
    await new Promise((resolve) => socket.addEventListener("open", resolve));
    const ask = (request: Parameters<typeof encodeRequest>[0]) =>
      new Promise((resolve) => {
        socket.addEventListener("message", resolve, { once: true });
        socket.send(encodeRequest(request) as Uint8Array<ArrayBuffer>);
      });
    await ask({ operation: PUT, id: 1, key: "shop/w", value: new TextEncoder().encode("1") });
    await ask({ operation: GET, id: 2, key: "shop/w" });
    await ask({ operation: GET, id: 3, key: "other/w" });
    socket.close();
    expect(await requestOf("websocket", "shop/w")).toMatchObject({ apiKey: "shop", code: null });
    expect(await requestOf("websocket", "other/w")).toMatchObject({ method: "GET", code: "forbidden" });
    const all = JSON.stringify(await requests());
    for (const secret of [ROOT, SHOP, "a-secret-that-is-wrong"]) expect(all).not.toContain(secret);
  });

  test("a key sees what is below its prefix, and only with the scope admin", async () => {
    const seen = await requests("", SHOP);
    expect(seen.length).toBeGreaterThan(0);
    expect(seen.filter(({ key }) => !key?.startsWith("shop/"))).toEqual([]);
    expect((await send("GET", "/admin/requests?prefix=other", SHOP)).status).toBe(403);
    for (const query of ["?status=9", "?code=A", "?lane=x", "?after=x", "?count=0", "?who=me"])
      expect((await send("GET", `/admin/requests${query}`)).status).toBe(400);
  });

  test("followers get what comes from now on, each as it asks", async () => {
    const cut = new AbortController();
    const follow = (query: string) => new Events(server.url, query, ROOT, cut.signal);
    const [all, refused] = [follow(""), follow("?status=401")];
    await Promise.all([all.opened, refused.opened]);
    await send("GET", "/cache/followed", "a-secret-that-is-wrong");
    await send("GET", "/cache/followed-too");
    await until(() => all.keys().includes("followed-too") && refused.keys().includes("followed"));
    expect(all.keys()).toContain("followed");
    expect(refused.keys()).not.toContain("followed-too");
    cut.abort();
    // What followers were charged with is given back: as many as may be can follow anew.
    if (where.startsWith("with two workers")) return;
    let others = new AbortController();
    await until(async () => {
      const more = Array.from({ length: 32 }, () => new Events(server.url, "", ROOT, others.signal));
      const statuses = await Promise.all(more.map(({ opened }) => opened));
      if (statuses.every((status) => status === 200)) return true;
      others.abort();
      others = new AbortController();
      return false;
    });
    const tooMany = await fetch(`${server.url}/admin/requests`, {
      headers: { "x-api-key": ROOT, accept: "text/event-stream" },
    });
    expect(tooMany.status).toBe(503);
    others.abort();
  });
});

/** One client that follows requests. */
class Events {
  readonly opened: Promise<number>;
  #text = "";

  constructor(url: string, query: string, secret: string, signal: AbortSignal) {
    const headers = { "x-api-key": secret, accept: "text/event-stream" };
    this.opened = fetch(`${url}/admin/requests${query}`, { headers, signal }).then((response) => {
      void this.#read(response);
      return response.status;
    });
  }

  keys(): (string | null)[] {
    return [...this.#text.matchAll(/^data: (.*)$/gm)].map(
      ([, json]) => (JSON.parse(json!) as RequestRecord).key,
    );
  }

  /** What followers were told, and that it ended. */
  isEnded = false;

  async #read(response: Response): Promise<void> {
    try {
      const decoder = new TextDecoder();
      for await (const chunk of response.body!) this.#text += decoder.decode(chunk, { stream: true });
    } catch {
      // Cut by the test.
    }
    this.isEnded = true;
  }
}

test("a follower whose key is taken away, and all when the server drains, are ended at once", async () => {
  const file = `${process.env["TMPDIR"] ?? "/tmp"}/cachee-requests-${process.pid}.keys`;
  await Bun.write(file, `root:admin=${ROOT}\nshop:admin=${SHOP}\n`);
  const server = await startServer({ CACHEE_API_KEYS: "", CACHEE_KEYS_FILE: file });
  const { signal } = new AbortController();
  const [root, shop] = [new Events(server.url, "", ROOT, signal), new Events(server.url, "", SHOP, signal)];
  expect(await Promise.all([root.opened, shop.opened])).toEqual([200, 200]);
  await Bun.write(file, `root:admin=${ROOT}\n`);
  process.kill(server.pid, "SIGHUP");
  await until(() => shop.isEnded);
  expect(root.isEnded).toBeFalse();
  expect(await server.stop()).toBe(0);
  await until(() => root.isEnded);
  await Bun.file(file).delete();
});

test("a follower that takes nothing is cut; one that is slow is told what it has missed", async () => {
  const ring = new RequestRing(Date.now);
  const told = (code: string | null) =>
    ring.add({
      lane: "cold",
      method: "GET",
      key: "k",
      path: null,
      status: 200,
      code,
      us: 1,
      apiKey: null,
      requestId: null,
      oneIn: 1,
    });
  const ended = Promise.withResolvers<void>();
  const following = {
    requests: (after: number) => ring.since(after),
    filter: () => () => true,
    ended: ended.resolve,
    nowMs: () => performance.now(),
  };
  told(null);
  const reader = requestStream(following, 0, 50).getReader();
  expect(new TextDecoder().decode((await reader.read()).value)).toContain('"key":"k"');
  for (let i = 0; i < 5_000; i++) told("unauthorized");
  expect(new TextDecoder().decode((await reader.read()).value)).toContain(
    'event: missed\ndata: {"missed":4488}',
  );
  await ended.promise;
  expect(reader.read()).rejects.toThrow("takes nothing");
});

test("of a million hits a second about two hundred are remembered, all of a few, and no refusal is driven out", () => {
  let nowNs = 0;
  const traffic = new Traffic({ nowNs: () => nowNs });
  const key = { name: "app" };
  const refusal = { lane: "cold", method: "GET", key: "refused", path: null, status: 401, us: 1 } as const;
  traffic.lastRequests.add({ ...refusal, code: "unauthorized", apiKey: null, requestId: null, oneIn: 1 });
  for (let i = 0; i < 10; i++) {
    nowNs += 1e9;
    traffic.fastOk(nowNs, `few/${i}`, key);
  }
  const { last, requests } = traffic.lastRequests.since(0);
  expect([last, requests.at(-1)]).toEqual([
    11,
    expect.objectContaining({ key: "few/9", oneIn: 1, lane: "fast" }),
  ]);
  const SECONDS = 3;
  for (let i = 0; i < SECONDS * 1_000_000; i++) {
    nowNs += 1_000;
    traffic.fastOk(nowNs, "many", key);
  }
  const page = traffic.lastRequests.since(last);
  expect((page.last - last) / SECONDS).toBeWithin(100, 400);
  // Each says how many it stands for.
  expect(page.requests.at(-1)!.oneIn).toBeWithin(1_000, 20_000);
  expect(traffic.lastRequests.since(0).requests[0]).toMatchObject({ key: "refused" });
});
