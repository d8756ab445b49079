// The targets, each with what was reached.

import type { PeerFigures } from "../peers/summary.ts";
import { BUDGET_MIB, PAUSE_US_MAX } from "./edge.ts";
import { CACHEE, CLONE, MGET_KEYS, type Measured } from "./measured.ts";

export interface TargetRow {
  readonly what: string;
  /** `reached` has to be at most, or at least, this. */
  readonly goal: number;
  readonly isLeast: boolean;
  readonly reached: number;
}

const CLIENT_P99_MAX = 1.5;
/** Resident memory beyond the budget. */
const BEYOND_MIB_MAX = 128;

export function rowsOf(measured: Measured): TargetRow[] {
  const { http, keys, gets, mgets, steady, fresh } = measured;
  const p99 = (peer: string, connections: number, load: "closed" | "fixed" = "closed") =>
    of(
      http,
      peer,
      (figures) => figures.cell.connections === connections && figures.cell.load === load,
      p99Of,
    );
  const rate = (peer: string) =>
    of(http, peer, ({ cell }) => cell.connections === 16 && cell.load === "closed", rateOf);
  const atKeys = (count: number) => of(keys, CLONE, ({ cell }) => cell.keys === count, cpuOf);
  const atBytes = (bytes: number) => of(gets, "Redis", ({ cell }) => cell.bytes === bytes, cpuOf);
  const fixed = http.find(({ cell, peer }) => cell.load === "fixed" && peer === CACHEE)?.rate ?? 0;
  return [
    atMost(CLIENT_P99_MAX, p99(CLONE, 16), "client p99 over the clone handler's, 16 connections"),
    atMost(CLIENT_P99_MAX, p99(CLONE, 64), "the same, 64 connections"),
    atMost(1, p99("nginx, files", 16), "client p99 over nginx's with files, 16 connections"),
    atMost(1, p99("nginx, files", 64), "the same, 64 connections"),
    atLeast(1.2, rate("nginx, files"), "hits a second over nginx's with files"),
    atLeast(1.4, rate("nginx, proxy_cache"), "hits a second over nginx's with proxy_cache"),
    atLeast(1.4, rate("Varnish"), "hits a second over Varnish's"),
    atMost(1.15, atKeys(100), "CPU of a hit over the clone handler's, 100 keys"),
    atMost(1.4, atKeys(10_000), "the same, 10,000 keys"),
    atMost(1, steady.own.meanUs, "server-side mean of a million hits, µs"),
    atMost(2.5, steady.own.p99Us, "server-side p99 of a million hits, µs"),
    atMost(1.5, fresh.meanUs, "104 hits on a fresh server, server-side mean, µs"),
    atMost(3.7, fresh.p99Us, "the same, p99, µs"),
    atMost(
      1,
      p99("Redis, RESP -P 1", 16, "fixed"),
      `client p99 over Redis's, both at ${fixed.toLocaleString("en")} a second`,
    ),
    ...edgeRows(measured),
    atMost(0.8, atBytes(1_024), "CPU of a RESP GET at -P 16 over Redis's, 1 KiB"),
    atMost(0.8, atBytes(64), "the same, 64 B"),
    atMost(
      1,
      of(mgets, "Redis", () => true, cpuOf),
      `CPU of an MGET of ${MGET_KEYS} x 64 B over Redis's`,
    ),
  ];
}

function edgeRows({ edge }: Measured): TargetRow[] {
  if (edge === undefined) return [];
  const { rate, segments, longestUsMixed, p99Ratio, residentMib } = edge;
  const where = `5 % writes at the edge of ${BUDGET_MIB} MiB, ${rate.toLocaleString("en")} requests a second`;
  return [
    atMost(PAUSE_US_MAX / 1_000, longestUsMixed / 1_000, `${where}: the longest that any read took, ms`),
    atMost(
      0,
      edge.pausedMixed,
      `the same: of ${segments} segments of 10 s those with one above ${PAUSE_US_MAX / 1_000} ms ` +
        `(of those with reads alone: ${edge.pausedReads})`,
    ),
    atMost(1.5, p99Ratio, "the same: p99 of reads over that without writes"),
    atMost(BUDGET_MIB + BEYOND_MIB_MAX, residentMib, "the same: resident MiB"),
  ];
}

function atMost(goal: number, reached: number, what: string): TargetRow {
  return { what, goal, isLeast: false, reached };
}

function atLeast(goal: number, reached: number, what: string): TargetRow {
  return { what, goal, isLeast: true, reached };
}

export function isMet({ goal, isLeast, reached }: TargetRow): boolean {
  return isLeast ? reached >= goal : reached <= goal;
}

const p99Of = ({ p99Ratio }: PeerFigures) => p99Ratio;
const rateOf = ({ perSecondRatio }: PeerFigures) => perSecondRatio;
const cpuOf = ({ cpuRatio }: PeerFigures) => cpuRatio;

/** This server's ratio to the peer in the cell that `isCell` chooses; NaN where the peer did not run. */
function of(
  figures: readonly PeerFigures[],
  peer: string,
  isCell: (figures: PeerFigures) => boolean,
  ratio: (figures: PeerFigures) => number,
): number {
  const found = figures.find((one) => one.peer.startsWith(peer) && isCell(one));
  return found === undefined ? Number.NaN : ratio(found);
}
