// Finds the Redis that a partition lives on: the one named, a Sentinel's primary, or a cluster's owner of its slot.

import { createClient } from "redis";
import { within } from "../base/deadline.ts";
import { CONNECT_MS_MAX } from "../base/limits.ts";

/** Options of node-redis for one server; holds the password. */
export interface RedisEndpoint {
  readonly url: string;
  /** Tells servers apart; no secrets in it. */
  readonly name: string;
}

export type RedisTopology = "single" | "sentinel" | "cluster";

export function topologyOf(urls: readonly string[]): RedisTopology {
  if (urls.some((url) => new URL(url).searchParams.has("sentinel"))) return "sentinel";
  return urls.length > 1 ? "cluster" : "single";
}

/** The database that a URL names. */
export function databaseOf(urls: readonly string[]): number {
  const path = new URL(urls[0]!).pathname.slice(1);
  return /^\d{1,6}$/.test(path) ? Number(path) : 0;
}

/** Where `slotKey` is to be written now. Tries one URL after the other. */
export async function locate(urls: readonly string[], slotKey: string): Promise<RedisEndpoint> {
  const topology = topologyOf(urls);
  if (topology === "single") return endpointOf(new URL(urls[0]!));
  let failure: unknown;
  for (const text of urls) {
    try {
      const seed = new URL(text);
      return await (topology === "sentinel" ? primaryOf(seed) : ownerOf(seed, slotKey));
    } catch (thrown) {
      failure = thrown;
    }
  }
  throw failure;
}

function endpointOf(url: URL): RedisEndpoint {
  return { url: url.href, name: `${url.hostname}:${url.port || "6379"}` };
}

/** The primary that a Sentinel names; user, password and database in its URL are the primary's. */
async function primaryOf(seed: URL): Promise<RedisEndpoint> {
  const name = seed.searchParams.get("sentinel") ?? "mymaster";
  const sentinel = new URL(`${seed.protocol}//${seed.host}`);
  const address = await ask(sentinel, ["SENTINEL", "GET-MASTER-ADDR-BY-NAME", name]);
  if (!Array.isArray(address)) throw new Error("the Sentinel knows no such primary");
  return moved(seed, String(address[0]), Number(address[1]));
}

async function ownerOf(seed: URL, slotKey: string): Promise<RedisEndpoint> {
  const slot = Number(await ask(seed, ["CLUSTER", "KEYSLOT", slotKey]));
  const ranges = await ask(seed, ["CLUSTER", "SLOTS"]);
  if (!Array.isArray(ranges)) throw new Error("not a cluster");
  for (const range of ranges as readonly unknown[][]) {
    if (slot < Number(range[0]) || slot > Number(range[1])) continue;
    const [host, port] = range[2] as readonly unknown[];
    return moved(seed, host === null || host === "" ? seed.hostname : String(host), Number(port));
  }
  throw new Error("the cluster has no owner of the slot");
}

function moved(seed: URL, host: string, port: number): RedisEndpoint {
  const url = new URL(seed.href);
  url.search = "";
  url.hostname = host.includes(":") ? `[${host}]` : host;
  url.port = String(port);
  return endpointOf(url);
}

async function ask(url: URL, command: readonly string[]): Promise<unknown> {
  const client = createClient({
    url: url.href,
    socket: { reconnectStrategy: false, connectTimeout: CONNECT_MS_MAX, socketTimeout: CONNECT_MS_MAX },
  });
  client.on("error", () => {});
  const asking = async () => {
    await client.connect();
    return client.sendCommand(command as string[]);
  };
  try {
    return await within(CONNECT_MS_MAX, `${command[0]} ${command[1]}`, asking());
  } finally {
    if (client.isOpen) client.destroy();
  }
}
