// Draws what was measured as SVG, without a browser.

import { init, type EChartsOption } from "echarts";
import type { Cell } from "./cells.ts";
import type { PeerFigures } from "./summary.ts";

export interface Plot {
  readonly name: string;
  readonly svg: string;
}

const OWN = "Cachee";
const OWN_COLOR = "#d9480f";
const PEER_COLOR = "#74828f";
/** One for each line: this server's are reds. */
const LINE_COLORS =
  "#d9480f #a61e4d #f783ac #2f9e44 #94d82d #1971c2 #4dabf7 #6741d9 #b197fc #212529 #868e96 #e8a500 #0b7285 #66d9e8".split(
    " ",
  );
const FONT = "system-ui, sans-serif";
const WIDTH = 960;
const BAR_HEIGHT = 26;
const LINES_HEIGHT = 480;

/** The picture of one size and number of connections, then how figures go with connections and with sizes. */
export function plotsOf(figures: readonly PeerFigures[], under: string): Plot[] {
  const reads = figures.filter(({ cell }) => cell.writes === 0 && cell.load === "closed");
  const plots = [{ name: "peers", svg: overview(figures, under) }];
  const connections = [...new Set(reads.map(({ cell }) => cell.connections))];
  const sizes = [...new Set(reads.map(({ cell }) => cell.bytes))];
  const bytes = sizes.includes(1_024) ? 1_024 : sizes[0];
  const middle = connections.includes(16) ? 16 : connections[0];
  if (connections.length > 1) {
    const own = reads.filter(({ cell }) => cell.bytes === bytes);
    const of = { under, title: `GETs of ${bytes} bytes by connections`, x: "connections" };
    const at = ({ connections: x }: Cell) => x;
    plots.push({ name: "peers-connections-rate", svg: lines(own, at, { ...of, y: "perSecond" }) });
    plots.push({ name: "peers-connections-p99", svg: lines(own, at, { ...of, y: "p99Us" }) });
  }
  if (sizes.length > 1) {
    const own = reads.filter(({ cell }) => cell.connections === middle);
    const of = { under, title: `GETs over ${middle} connections by size`, x: "bytes of a value" };
    plots.push({ name: "peers-sizes-rate", svg: lines(own, ({ bytes: x }) => x, { ...of, y: "perSecond" }) });
    plots.push({ name: "peers-sizes-cpu", svg: lines(own, ({ bytes: x }) => x, { ...of, y: "cpuUs" }) });
  }
  return plots;
}

/** Bars: rate, p99 at saturation, p99 at a fixed rate; one request in flight on each connection. */
function overview(figures: readonly PeerFigures[], under: string): string {
  const single = figures.filter(({ peer }) => !peer.endsWith("-P 16"));
  const at = (load: Cell["load"], writes: number) =>
    single.filter(
      ({ cell }) =>
        cell.bytes === 1_024 && cell.connections === 16 && cell.load === load && cell.writes === writes,
    );
  const closed = at("closed", 0).toSorted((a, b) => a.perSecond - b.perSecond);
  const names = closed.map(({ peer }) => peer);
  const fixed = at("fixed", 0);
  const rate = fixed[0]?.rate.toLocaleString("en") ?? "";
  const all: readonly [title: string, figures: readonly PeerFigures[], of: (f: PeerFigures) => number][] = [
    ["requests a second", closed, ({ perSecond }) => Math.round(perSecond)],
    ["p99 at saturation, µs", closed, ({ p99Us }) => Math.round(p99Us)],
    [`p99 at ${rate} requests a second, µs`, fixed, ({ p99Us }) => Math.round(p99Us)],
    ["CPU of the server for a request, µs", closed, ({ cpuUs }) => Number(cpuUs.toFixed(1))],
  ];
  const panels = all.filter(([, own]) => own.length > 0);
  const height = Math.ceil(panels.length / 2) * (names.length * BAR_HEIGHT + 70) + 60;
  const rowHeight = names.length * BAR_HEIGHT;
  const place = (i: number) => ({
    left: i % 2 === 0 ? 180 : 590,
    top: 96 + Math.floor(i / 2) * (rowHeight + 70),
    width: 300,
    height: rowHeight,
  });
  return svgOf(height, {
    title: [
      { text: "GETs of 1 KiB, 16 connections, server on one core", subtext: under, left: 16, top: 6 },
      ...panels.map(([text], i) => ({
        text,
        left: place(i).left,
        top: place(i).top - 26,
        textStyle: { fontSize: 13, fontWeight: "normal" as const },
      })),
    ],
    grid: panels.map((_, i) => place(i)),
    xAxis: panels.map((_, gridIndex) => ({ type: "value" as const, gridIndex, show: false })),
    yAxis: panels.map((_, gridIndex) => ({
      type: "category" as const,
      gridIndex,
      data: names,
      axisLabel: { show: gridIndex % 2 === 0 },
      axisTick: { show: false },
    })),
    series: panels.map(([, own, of], i) => ({
      type: "bar" as const,
      xAxisIndex: i,
      yAxisIndex: i,
      label: {
        show: true,
        position: "right" as const,
        formatter: (p: { value?: unknown }) => textOf(p.value),
      },
      data: names.map((name) => {
        const found = own.find(({ peer }) => peer === name);
        const color = name.startsWith(OWN) ? OWN_COLOR : PEER_COLOR;
        return { value: found === undefined ? 0 : of(found), itemStyle: { color } };
      }),
    })),
  });
}

function textOf(value: unknown): string {
  return typeof value === "number" && value > 0 ? value.toLocaleString("en") : "-";
}

interface LinesOf {
  readonly title: string;
  readonly under: string;
  readonly x: string;
  readonly y: "perSecond" | "p99Us" | "cpuUs";
}

const Y_NAMES = { perSecond: "requests a second", p99Us: "p99, µs", cpuUs: "CPU a request, µs" };

/** A line for each peer over steps of `xOf`; the figures on a logarithmic axis. */
function lines(figures: readonly PeerFigures[], xOf: (cell: Cell) => number, of: LinesOf): string {
  const xs = [...new Set(figures.map(({ cell }) => xOf(cell)))].toSorted((a, b) => a - b);
  const names = [...new Set(figures.map(({ peer }) => peer))];
  return svgOf(LINES_HEIGHT, {
    title: { text: of.title, subtext: of.under, left: 16, top: 6 },
    color: LINE_COLORS,
    legend: { type: "plain", orient: "vertical", right: 10, top: 60 },
    grid: { left: 90, right: 250, top: 80, bottom: 50 },
    xAxis: { type: "category", data: xs.map(String), name: of.x, nameLocation: "middle", nameGap: 30 },
    yAxis: { type: "log", name: Y_NAMES[of.y] },
    series: names.map((name) => ({
      type: "line" as const,
      name,
      lineStyle: { width: name.startsWith(OWN) ? 4 : 1.5 },
      data: xs.map((x) => figures.find(({ peer, cell }) => peer === name && xOf(cell) === x)?.[of.y] ?? null),
    })),
  });
}

function svgOf(height: number, option: EChartsOption): string {
  const chart = init(null, null, { renderer: "svg", ssr: true, width: WIDTH, height });
  chart.setOption({
    animation: false,
    backgroundColor: "#ffffff",
    textStyle: { fontFamily: FONT },
    ...option,
  });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return svg;
}
