// Turns summed up: medians over the rounds, and ratios to this server taken inside each round.

import { median } from "../load/median.ts";
import { tableOf, type Cell as TableCell } from "../load/table.ts";
import { nameOf, type Cell } from "./cells.ts";
import type { Turn } from "./rounds.ts";

/** One peer in one cell. */
export interface PeerFigures {
  readonly peer: string;
  readonly cell: Cell;
  /** What was asked for; 0: as many as go. */
  readonly rate: number;
  readonly perSecond: number;
  readonly p50Us: number;
  readonly p99Us: number;
  readonly maxUs: number;
  readonly cpuUs: number;
  readonly serverShare: number;
  readonly generatorShare: number;
  readonly failed: number;
  /** This server's over the peer's, medians of the rounds' ratios. */
  readonly perSecondRatio: number;
  readonly p99Ratio: number;
  readonly cpuRatio: number;
}

/** In the order of the turns; `base` is the peer to compare with. */
export function summaryOf(turns: readonly Turn[], base: string): PeerFigures[] {
  const groups = new Map<string, Turn[]>();
  for (const turn of turns) {
    const name = `${nameOf(turn.cell)} ${turn.peer}`;
    groups.set(name, [...(groups.get(name) ?? []), turn]);
  }
  const bases = new Map(
    turns.filter(({ peer }) => peer === base).map((turn) => [`${nameOf(turn.cell)} ${turn.round}`, turn]),
  );
  return [...groups.values()].map((own) => figuresOf(own, bases));
}

function figuresOf(own: readonly Turn[], bases: ReadonlyMap<string, Turn>): PeerFigures {
  const { peer, cell, rate } = own[0]!;
  const over = (of: (turn: Turn) => number) => median(own.map(of));
  const ratio = (of: (turn: Turn) => number) =>
    median(
      own.flatMap((turn) => {
        const base = bases.get(`${nameOf(turn.cell)} ${turn.round}`);
        return base === undefined ? [] : [of(base) / of(turn)];
      }),
    );
  return {
    peer,
    cell,
    rate,
    perSecond: over(({ figures }) => figures.perSecond),
    p50Us: over(({ figures }) => figures.p50Us),
    p99Us: over(({ figures }) => figures.p99Us),
    maxUs: over(({ figures }) => figures.maxUs),
    cpuUs: over(({ figures }) => figures.cpuUs),
    serverShare: over(({ figures }) => figures.serverShare),
    generatorShare: over(({ figures }) => figures.generatorShare),
    failed: own.reduce((sum, { figures }) => sum + figures.failed, 0),
    perSecondRatio: ratio(({ figures }) => figures.perSecond),
    p99Ratio: ratio(({ figures }) => figures.p99Us),
    cpuRatio: ratio(({ figures }) => figures.cpuUs),
  };
}

const HEAD = ["requests/s", "p50 us", "p99 us", "max us", "CPU us/req", "server busy", "failed"];
const RATIOS = ["Cachee / it: requests/s", "p99", "CPU"];

/** A table for each cell. */
export function tablesOf(figures: readonly PeerFigures[]): string {
  const cells = [...new Set(figures.map(({ cell }) => nameOf(cell)))];
  return cells
    .map((name) => {
      const own = figures.filter(({ cell }) => nameOf(cell) === name);
      const rate = own[0]!.rate === 0 ? "" : ` of ${own[0]!.rate.toLocaleString("en")} a second`;
      return `${name}${rate}\n\n${tableOf(["peer", ...HEAD, ...RATIOS], own.map(rowOf))}`;
    })
    .join("\n\n");
}

function rowOf(of: PeerFigures): TableCell[] {
  const { peer, perSecond, p50Us, p99Us, maxUs, cpuUs, failed, perSecondRatio, p99Ratio, cpuRatio } = of;
  const busy = `${Math.round(of.serverShare * 100)} %`;
  return [
    peer,
    perSecond,
    p50Us,
    p99Us,
    maxUs,
    cpuUs,
    busy,
    String(failed),
    perSecondRatio,
    p99Ratio,
    cpuRatio,
  ];
}
