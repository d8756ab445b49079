// What can be asked over HTTP, by path and body: what each takes, and how it is tried.

import type { Need, Outcome, Reach, Who } from "./who.ts";
import { TARGETS } from "./who.ts";

export interface HttpOperation {
  readonly name: string;
  readonly need: Need;
  readonly reach: Reach;
  readonly method: string;
  readonly path: string;
  readonly body?: string;
  readonly fields?: Readonly<Record<string, string>>;
}

const below = (key: string): Reach => ({ below: key });

function entryOperations(key: string): HttpOperation[] {
  const path = `/cache/${key}`;
  const at = { path, reach: below(key) };
  return [
    { ...at, name: `GET ${path}`, method: "GET", need: ["read"] },
    {
      ...at,
      name: `GET ${path}, by the cold lane`,
      method: "GET",
      need: ["read"],
      fields: { "if-match": "*" },
    },
    {
      ...at,
      name: `GET ${path}, asking for a lease`,
      method: "GET",
      need: ["read"],
      fields: { "x-lease-wait": "0" },
    },
    { ...at, name: `HEAD ${path}`, method: "HEAD", need: ["read"] },
    { ...at, name: `PUT ${path}`, method: "PUT", need: ["write"], body: "changed" },
    { ...at, name: `POST ${path}`, method: "POST", need: ["write"], body: "changed" },
    { ...at, name: `DELETE ${path}`, method: "DELETE", need: ["write"] },
  ];
}

const post = (path: string, body: object, need: Need, reach: Reach): HttpOperation => ({
  name: `${path} ${JSON.stringify(body)}`,
  need,
  reach,
  method: "POST",
  path,
  body: JSON.stringify(body),
});

function batchOperations(key: string): HttpOperation[] {
  const set = [{ key, value: "changed" }];
  return [
    post("/batch", { get: [key] }, ["read"], below(key)),
    post("/batch", { set }, ["write"], below(key)),
    post("/batch", { delete: [key] }, ["write"], below(key)),
    post("/batch", { get: ["shop/b"], set, delete: ["shop/c"] }, ["read", "write"], below(key)),
    // Nothing of a batch is done of which one item may not be.
    post("/batch", { set: [{ key: "shop/b", value: "1" }, ...set] }, ["write"], below(key)),
  ];
}

/** Commands of Redis in JSON: what each needs is told in its own reply. */
function restOperations(key: string): HttpOperation[] {
  const get = ["GET", key];
  const set = ["SET", key, "changed"];
  return [
    post("/", get, ["read"], below(key)),
    post("/", set, ["write"], below(key)),
    post("/pipeline", [["PING"], set], ["write"], below(key)),
    // Nothing of a transaction is done of which one command may not be.
    post("/multi-exec", [["SET", "shop/b", "1"], set], ["write"], below(key)),
    service("GET", `/get/${encodeURIComponent(key)}`, ["read"], below(key)),
    service("GET", `/del/${encodeURIComponent(key)}`, ["write"], below(key)),
  ];
}

const service = (method: string, path: string, need: Need, reach: Reach = "nowhere"): HttpOperation => ({
  name: `${method} ${path}`,
  need,
  reach,
  method,
  path,
});

export const HTTP_OPERATIONS: readonly HttpOperation[] = [
  ...TARGETS.flatMap(entryOperations),
  ...TARGETS.flatMap(batchOperations),
  ...TARGETS.flatMap(restOperations),
  ...TARGETS.map((key) => post("/invalidate", { keys: ["shop/b", key] }, ["write"], below(key))),
  ...TARGETS.map((prefix) => post("/invalidate", { prefix }, ["write"], below(prefix))),
  post("/invalidate", { tags: ["t"] }, ["write"], "everywhere"),
  post("/invalidate", { all: true }, ["admin"], "everywhere"),
  ...["/metrics", "/stats", "/instances"].map((path) => service("GET", path, "any key")),
  ...["/health/live", "/health/ready", "/dashboard", "/docs/", "/docs/http"].map((path) =>
    service("GET", path, "nothing"),
  ),
  ...TARGETS.map((key) => service("GET", `/admin/entry/${key}`, ["admin"], below(key))),
  ...["other/", "Shop/"].map((prefix) =>
    service("GET", `/admin/entries?prefix=${prefix}`, ["admin"], below(prefix)),
  ),
  ...["/admin/entries", "/admin/entries?with=value", "/admin/hot", "/admin/big"].map((path) =>
    service("GET", path, ["admin"]),
  ),
  service("GET", "/admin/requests", ["admin"]),
  ...["other/", "Shop/"].map((prefix) =>
    service("GET", `/admin/requests?prefix=${prefix}`, ["admin"], below(prefix)),
  ),
  service("GET", "/admin/log-level", ["admin"]),
  {
    ...service("PUT", "/admin/log-level", ["admin"], "everywhere"),
    body: '{"level":"info"}',
  },
  ...["/admin/", "/admin/anything"].map((path) => service("GET", path, ["admin"])),
];

export async function tryHttp(url: string, who: Who, operation: HttpOperation): Promise<Outcome> {
  const key: Record<string, string> = who.secret === undefined ? {} : { "x-api-key": who.secret };
  const answer = await fetch(url + operation.path, {
    method: operation.method,
    headers: { ...key, ...operation.fields },
    ...(operation.body === undefined ? {} : { body: operation.body }),
  });
  const body = await answer.text();
  if (answer.status >= 500) throw new Error(`${operation.name}: ${answer.status}`);
  if (body.includes('"error":"NOPERM')) return "forbidden";
  return answer.status === 401 ? "unauthorized" : answer.status === 403 ? "forbidden" : "done";
}
