// This server over HTTP and RESP, and bare Bun servers, as peers.

import { API_KEY, CLIENT_FIELDS } from "../../load/cachee.ts";
import { startChild } from "../../load/child.ts";
import { freePort } from "../../load/free-port.ts";
import type { HttpWay } from "../generator/protocol.ts";
import type { Peer, RunningPeer } from "./peer.ts";

const MAIN = `${import.meta.dir}/../../../src/main.ts`;
const L1_BYTES = "512mb";

/** The way that all who keep entries under `/cache/` are asked, with the fields of a client of this server. */
export const CACHE_PATHS: HttpWay = {
  protocol: "http",
  readBefore: "/cache/",
  readAfter: "",
  fields: CLIENT_FIELDS,
  write: { method: "PUT", before: "/cache/", fields: [], hasBody: true },
};

const cacheeHttp: Peer = {
  name: "Cachee",
  way: CACHE_PATHS,
  depth: 1,
  start: ({ serverCpu }) => startCachee(serverCpu, /^listening on http:\S+:(\d+)$/m, {}),
};

const cacheeResp = (depth: number): Peer => ({
  name: `Cachee, RESP -P ${depth}`,
  way: { protocol: "resp", password: API_KEY },
  depth,
  start: async ({ serverCpu }) =>
    startCachee(serverCpu, /^listening for Redis clients on port (\d+)$/m, {
      CACHEE_RESP_PORT: String(await freePort()),
    }),
});

const bare = (kind: "static" | "clone", name: string): Peer => ({
  name,
  way: { ...CACHE_PATHS, write: kind === "clone" ? CACHE_PATHS.write : undefined },
  depth: 1,
  start: ({ serverCpu, bytes }) => startBare(kind, bytes, serverCpu),
});

export const BUN_PEERS: readonly Peer[] = [
  cacheeHttp,
  cacheeResp(1),
  cacheeResp(16),
  bare("static", "Bun, static route"),
  bare("clone", "Bun, clone of a Response"),
];

async function startCachee(
  cpu: number,
  ready: RegExp,
  env: Readonly<Record<string, string>>,
): Promise<RunningPeer> {
  const child = await startChild({
    command: [process.execPath, MAIN],
    cpu,
    env: {
      CACHEE_PORT: "0",
      CACHEE_API_KEYS: `default:read+write+admin=${API_KEY}`,
      CACHEE_L1_BYTES_MAX: L1_BYTES,
      CACHEE_LOG: "error",
      ...env,
    },
    ready,
  });
  return { port: Number(child.match[1]), pids: [child.pid], stop: () => child.stop() };
}

/** A bare Bun server of its kind with values of `bytes` bytes. */
export async function startBare(
  kind: "static" | "clone" | "origin",
  bytes: number,
  cpu: number,
): Promise<RunningPeer> {
  const child = await startChild({
    command: [process.execPath, `${import.meta.dir}/bare-server.ts`, kind, String(bytes)],
    cpu,
    ready: /^listening on (\d+)$/m,
  });
  return { port: Number(child.match[1]), pids: [child.pid], stop: () => child.stop() };
}
