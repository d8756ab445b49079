// Runs the peers round by round: each is started, filled, driven through the cells and stopped before the next.

import { shapeOf, type Cell } from "./cells.ts";
import { runFill, runJob, type Figures } from "./generator/job.ts";
import type { Peer, Place } from "./programs/peer.ts";

export interface Turn {
  readonly peer: string;
  readonly round: number;
  readonly cell: Cell;
  /** Requests a second that were asked for; 0: as many as go. */
  readonly rate: number;
  readonly figures: Figures;
}

export interface RoundsOptions {
  /** The first is the one whose closed loop sets the fixed rates. */
  readonly peers: readonly Peer[];
  readonly cells: readonly Cell[];
  readonly rounds: number;
  readonly seconds: number;
  readonly warmUpSeconds: number;
  readonly serverCpu: number;
  readonly loadCpu: number;
  readonly say: (line: string) => void;
}

export async function runRounds(options: RoundsOptions): Promise<Turn[]> {
  const { peers, cells, rounds, serverCpu, loadCpu, say } = options;
  // A peer is started anew for each stock of values.
  const stocks = Object.groupBy(cells, ({ keys, bytes }) => `${keys} ${bytes}`);
  const rates = new Map<string, number>();
  const turns: Turn[] = [];
  for (let round = 0; round < rounds; round++) {
    for (const stock of Object.values(stocks) as Cell[][]) {
      const { keys, bytes } = stock[0]!;
      for (const peer of peers) {
        const place = { serverCpu, loadCpu, bytes, keys };
        const own = stock.filter((cell) => canTake(peer, cell));
        try {
          turns.push(...(await drivePeer(options, peer, place, round, own, rates)));
        } catch (thrown) {
          say(`${peer.name} with ${bytes} bytes: ${thrown instanceof Error ? thrown.message : thrown}`);
        }
      }
    }
    say(`round ${round + 1} of ${rounds}`);
  }
  return turns;
}

function canTake({ way }: Peer, { writes }: Cell): boolean {
  return writes === 0 || way.protocol !== "http" || way.write !== undefined;
}

async function drivePeer(
  options: RoundsOptions,
  peer: Peer,
  place: Place,
  round: number,
  cells: readonly Cell[],
  rates: Map<string, number>,
): Promise<Turn[]> {
  const running = await peer.start(place);
  const turns: Turn[] = [];
  try {
    const { port, pids } = running;
    const common = { way: peer.way, depth: peer.depth, keys: place.keys, bytes: place.bytes, port, pids };
    await runFill(common, place.loadCpu);
    for (const cell of cells) {
      const rate = cell.load === "closed" ? 0 : rates.get(shapeOf(cell));
      if (rate === undefined) continue;
      const { connections, writes } = cell;
      const { seconds, warmUpSeconds } = options;
      const load = { connections, writes, rate, seconds, warmUpSeconds };
      const figures = await runJob({ ...common, ...load }, place.loadCpu);
      turns.push({ peer: peer.name, round, cell, rate, figures });
      const isFirst = peer === options.peers[0] && !rates.has(shapeOf(cell));
      if (isFirst) rates.set(shapeOf(cell), Math.round(figures.perSecond / 2));
    }
  } finally {
    await running.stop();
  }
  return turns;
}
