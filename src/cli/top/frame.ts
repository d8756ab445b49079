// The figures as lines of text: what matters first, so that a low terminal shows that.

import { styleText } from "node:util";
import {
  bytes,
  count,
  latency,
  percent,
  rate,
  span,
  timeOfDay,
  UNKNOWN,
} from "../../dashboard/client/format.ts";
import type { Change, Level } from "../../dashboard/client/sample.ts";
import { idleless } from "../../dashboard/client/idleless.ts";
import { failuresOf, refusedOf } from "../../dashboard/client/health.ts";
import type { Figures, FleetMember, HotKey } from "./figures.ts";

const SIGNS = { healthy: "●", degraded: "▲", starting: "○", draining: "▽" } as const;
const COLOURS = { healthy: "green", degraded: "red", starting: "yellow", draining: "yellow" } as const;

/** Lines of any length. */
export function frameOf(figures: Figures): string[] {
  const { sample, trouble } = figures;
  const lines = [...headLines(figures), ""];
  if (trouble !== undefined) lines.push(styleText("red", `✕ ${trouble}`), "");
  const { level = null, change = null } = sample ?? {};
  if (level !== null) lines.push(...figureLines(change, level), "");
  if (change !== null) lines.push(...laneLines(change), "");
  lines.push(...fleetLines(figures.fleet), "", ...hotLines(figures.hot));
  return lines;
}

function headLines({ url, sample, health }: Figures): string[] {
  const stats = sample?.stats;
  const of =
    stats === null || stats === undefined ? "" : `  ${stats.instance}  up ${span(stats.uptimeSeconds)}`;
  const head = `cachee top  ${url}${of}  ${timeOfDay(sample?.at ?? Date.now() / 1_000)}`;
  if (health === null) return [head];
  const state = styleText(COLOURS[health.state], `${SIGNS[health.state]} ${health.state}`);
  return [
    head,
    `${state} since ${timeOfDay(health.since)}`,
    ...health.reasons.map((reason) => `  ${reason}`),
  ];
}

function figureLines(change: Change | null, level: Level): string[] {
  const evicted = change === null ? null : Object.values(change.evictions).reduce((a, b) => a + b, 0);
  const share = percent(level.l1Bytes / level.l1BytesMax);
  const per = (value: number | null | undefined) => `${rate(value)}/s`;
  return [
    row(
      ["requests", per(change?.requests)],
      ["hit rate", percent(change?.hitRate)],
      ["failed", per(change === null ? null : failuresOf(change))],
      ["refused", per(change === null ? null : refusedOf(change))],
      ["evicted", per(evicted)],
    ),
    row(
      ["L1", `${bytes(level.l1Bytes)} of ${bytes(level.l1BytesMax)}, ${share}`],
      ["entries", count(level.entries)],
      ["memory", bytes(level.rssBytes)],
      ["CPU", percent(change?.cpu)],
      ["loop p99", latency(change?.loopDelay)],
    ),
    level.l2 === "off"
      ? row(["L2", "off"])
      : row(
          ["L2", level.l2],
          ["operations", per(change?.l2.rate)],
          ["p50", latency(change?.l2.quantiles.p50)],
          ["p99", latency(change?.l2.quantiles.p99)],
          ["errors", per(change?.l2.errors)],
          ["coherence", level.coherence],
        ),
  ];
}

function row(...parts: readonly (readonly [name: string, value: string])[]): string {
  return parts.map(([name, value]) => `${styleText("dim", name)} ${value}`).join("   ");
}

function laneLines({ lanes }: Change): string[] {
  const rows = Object.entries(lanes).map(([lane, { rate: perSecond, quantiles }]) => [
    lane,
    `${rate(perSecond)}/s`,
    latency(quantiles.p50),
    latency(quantiles.p99),
    latency(quantiles.p999),
  ]);
  return table(["LANE", "REQUESTS", "P50", "P99", "P99.9"], rows);
}

function fleetLines(fleet: readonly FleetMember[] | string): string[] {
  if (typeof fleet === "string") return table([`FLEET: ${fleet}`], []);
  const rows = fleet.map(({ id, role, ageMs, load }) => [
    id,
    role,
    `${rate(load.rps)}/s`,
    percent(idleless(load).hitRate),
    latency(idleless(load).p99Us),
    percent(load.cpu),
    bytes(load.l1Bytes),
    `${(ageMs / 1_000).toFixed(1)} s ago`,
  ]);
  return table(
    [`FLEET (${fleet.length})`, "ROLE", "REQUESTS", "HIT RATE", "P99", "CPU", "L1", "HEARD"],
    rows,
  );
}

function hotLines(hot: readonly HotKey[] | string): string[] {
  if (typeof hot === "string") return table([`HOT KEYS: ${hot}`], []);
  const ttl = (seconds: number | null) => (seconds === null ? UNKNOWN : span(seconds));
  return table(
    ["HOT KEYS", "BYTES", "EXPIRES IN"],
    hot.map((entry) => [plain(entry.key), bytes(entry.bytes), ttl(entry.ttl)]),
  );
}

/** The first column to the left, all others to the right, as wide as they need to be. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const widths = head.map((name, i) =>
    Math.max(...[name, ...rows.map((cells) => cells[i] ?? "")].map((cell) => Bun.stringWidth(cell))),
  );
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, i) => {
        const gap = " ".repeat(widths[i]! - Bun.stringWidth(cell));
        return i === 0 ? cell + gap : gap + cell;
      })
      .join("  ");
  return [styleText("bold", line(head)), ...rows.map(line)];
}

/** A key without what a terminal would obey. */
function plain(key: string): string {
  return key.replaceAll(/\p{C}/gu, "\ufffd");
}
