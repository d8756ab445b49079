// All that the table of targets is made of: each part is one run of a bench that exists by itself.

import type { Cores } from "../headline/rates.ts";
import { serialOnFreshServers, type SerialFigures } from "../headline/serial.ts";
import { lanes, type LaneFigures } from "../headline/steady.ts";
import type { Cell } from "../peers/cells.ts";
import { BUN_PEERS } from "../peers/programs/bun-peers.ts";
import { HTTP_CACHES } from "../peers/programs/http-caches.ts";
import { programPath, type Peer } from "../peers/programs/peer.ts";
import { STORE_PEERS } from "../peers/programs/store-peers.ts";
import { runRounds } from "../peers/rounds.ts";
import { summaryOf, type PeerFigures } from "../peers/summary.ts";
import { atTheEdge, type EdgeFigures } from "./edge.ts";

export interface Measured {
  /** Over HTTP, with Redis beside it. */
  readonly http: readonly PeerFigures[];
  /** This server and the clone handler with few and many keys. */
  readonly keys: readonly PeerFigures[];
  /** Over RESP, pipelined; its base is this server's RESP lane. */
  readonly gets: readonly PeerFigures[];
  readonly mgets: readonly PeerFigures[];
  readonly steady: LaneFigures;
  readonly fresh: SerialFigures;
  readonly edge: EdgeFigures | undefined;
}

export interface MeasureOptions {
  readonly cores: Cores;
  readonly rounds: number;
  readonly seconds: number;
  readonly starts: number;
  /** Of the run at the edge of the budget; 0: none. */
  readonly edgeMinutes: number;
  readonly say: (line: string) => void;
}

export const CACHEE = "Cachee";
export const CLONE = "Bun, clone of a Response";
export const MGET_KEYS = 100;
const CELL: Cell = { bytes: 1_024, keys: 1_000, connections: 16, load: "closed", writes: 0 };

const ALL: readonly Peer[] = [...BUN_PEERS, ...STORE_PEERS, ...HTTP_CACHES];

function peersNamed(...names: readonly string[]): Peer[] {
  return names.flatMap((name) =>
    ALL.filter(
      (peer) => peer.name === name && (peer.program === undefined || programPath(peer.program) !== null),
    ),
  );
}

export async function measureAll(options: MeasureOptions): Promise<Measured> {
  const { cores, starts, edgeMinutes, say } = options;
  const run = async (peers: readonly Peer[], cells: readonly Cell[]) => {
    const { rounds, seconds } = options;
    const place = { serverCpu: cores.server, loadCpu: cores.load };
    const turns = await runRounds({ peers, cells, rounds, seconds, warmUpSeconds: 0.5, ...place, say });
    return summaryOf(turns, peers[0]!.name);
  };
  const others = ["nginx, files", "nginx, proxy_cache", "Varnish", "Redis, RESP -P 1"];
  const http = await run(peersNamed(CACHEE, CLONE, ...others), [
    CELL,
    { ...CELL, load: "fixed" },
    { ...CELL, connections: 64 },
  ]);
  const keys = await run(peersNamed(CACHEE, CLONE), [
    { ...CELL, keys: 100 },
    { ...CELL, keys: 10_000 },
  ]);
  const pipelined = peersNamed("Cachee, RESP -P 16", "Redis, RESP -P 16");
  const gets = await run(pipelined, [
    { ...CELL, bytes: 64, keys: 10_000 },
    { ...CELL, keys: 10_000 },
  ]);
  const mgets = await run(pipelined.map(asMget), [{ ...CELL, bytes: 64, keys: 10_000 }]);
  say("a million hits");
  const { fast } = await lanes(cores);
  say("fresh servers");
  const fresh = await serialOnFreshServers(starts, 0, cores.server);
  say("at the edge of the budget");
  const edge = edgeMinutes > 0 ? await atTheEdge(edgeMinutes, cores) : undefined;
  return { http, keys, gets, mgets, steady: fast, fresh, edge };
}

/** The peer, asked for many keys at once, one such command in flight on each connection. */
function asMget(peer: Peer): Peer {
  const way = peer.way.protocol === "resp" ? { ...peer.way, keysAtOnce: MGET_KEYS } : peer.way;
  return { ...peer, way, depth: 1 };
}
