// The table of endpoints: private unless a row says public, other methods refused, unknown paths not found.

import { describe, expect, test } from "bun:test";
import type { Context } from "../../src/http/context.ts";
import { accessOf, type Route } from "../../src/http/route.ts";
import { createRouter } from "../../src/http/router.ts";
import { createTestApp } from "../support/app.ts";

const { keyring, routes } = createTestApp();
const ok = () => new Response("ok");

/** A path that the row's stands for. */
const pathOf = ({ path }: Route) => path.replace("*", "some");

async function ask(rows: readonly Route[], method: string, path: string, secret?: string): Promise<Response> {
  const request = new Request(`http://cachee.test${path}`, {
    method,
    headers: secret === undefined ? {} : { "x-api-key": secret },
  });
  const context = {
    request,
    path,
    query: "",
    startNs: 0,
    requestId: "",
    apiKey: undefined,
  };
  return createRouter(rows, keyring)(context as unknown as Context);
}

test("a row that says nothing of access is for keys with the scope admin", async () => {
  const rows: Route[] = [{ method: "GET", path: "/new", handler: ok }];
  expect((await ask(rows, "GET", "/new")).status).toBe(401);
  expect((await ask(rows, "HEAD", "/new", "wrong")).status).toBe(401);
  expect((await ask(rows, "GET", "/new", "writer-secret")).status).toBe(403);
  expect((await ask(rows, "GET", "/new", "test-secret")).status).toBe(200);
});

describe.each(routes.map((route) => [`${route.method} ${route.path}`, route] as const))("%s", (_, route) => {
  const isPublic = accessOf(route) === "public";

  test(`is served ${isPublic ? "without" : "with"} a key`, async () => {
    const answers = routes.map((row) => ({ ...row, handler: ok }));
    expect((await ask(answers, route.method, pathOf(route))).status).toBe(isPublic ? 200 : 401);
    expect((await ask(answers, route.method, pathOf(route), "wrong")).status).toBe(isPublic ? 200 : 401);
    expect((await ask(answers, route.method, pathOf(route), "test-secret")).status).toBe(200);
  });

  test("is for keys with one of its scopes", async () => {
    const access = accessOf(route);
    const answers = routes.map((row) => ({ ...row, handler: ok }));
    for (const scope of ["read", "write"] as const) {
      const secret = scope === "read" ? "reader-secret" : "writer-secret";
      const may = typeof access === "string" || access.includes(scope);
      expect((await ask(answers, route.method, pathOf(route), secret)).status).toBe(may ? 200 : 403);
    }
  });

  test("refuses other methods with Allow, those it never heard of too", async () => {
    for (const method of ["PATCH", "OPTIONS", "PROPFIND", "TRACE"]) {
      const answer = await ask(routes, method, pathOf(route), "test-secret");
      expect([method, answer.status]).toEqual([method, 405]);
      expect(answer.headers.get("allow")?.split(", ")).toContain(route.method);
      expect(await answer.json()).toMatchObject({ code: "method_not_allowed" });
    }
  });
});

test("an unknown path is not found, with a key or without", async () => {
  for (const secret of [undefined, "test-secret"]) {
    const answer = await ask(routes, "GET", "/nowhere", secret);
    expect(answer.status).toBe(404);
    expect(await answer.json()).toMatchObject({ code: "path_not_found" });
  }
});

test("POST /ws is another method of a known path, and GET asks for the upgrade", async () => {
  const { send, close } = createTestApp({}, "socket");
  const post = await send("/ws", { method: "POST", body: "x" });
  expect([post.status, post.headers.get("allow")]).toEqual([405, "GET, HEAD"]);
  const get = await send("/ws");
  expect([get.status, get.headers.get("upgrade")]).toEqual([426, "websocket"]);
  await close();
});
