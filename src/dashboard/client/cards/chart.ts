// One time chart: uPlot, in the page's colours, with a cursor that all charts share and arrow keys that move it.

import uPlot from "uplot";
import { timeOfDay } from "../format.ts";
import type { Mark } from "./mark.ts";
import type { Sample } from "../sample.ts";

export interface Line {
  readonly of: (sample: Sample) => number | null | undefined;
  /** A custom property of style.css. */
  readonly colour: string;
  readonly filled?: boolean;
  readonly dash?: readonly number[];
}

export interface ChartSpec {
  readonly lines: readonly Line[];
  readonly scale: "linear" | "log" | "share" | "bytes";
  /** What stands at the axis. */
  readonly format: (value: number) => string;
}

/** Seconds that a chart spans at the least. */
const SPAN_MIN = 60;
/** Where the cursor is when it is nowhere. */
const OUTSIDE = -10;
const AXIS_WIDTH = 58;
const AXIS_HEIGHT = 22;
/** Half the width of a time of day, which is left free at the right so that the last one is not cut off. */
const TIME_HALF_WIDTH = 26;
const FONT = "11px system-ui, sans-serif";
const FILL_ALPHA = "22";
const TIME_STEPS = [5, 10, 15, 30, 60, 120, 300, 600, 900];
/** The strokes of an event's line: so long, and so far apart. */
const MARK_DASH = [3, 3];
const BYTE_STEPS = Array.from({ length: 50 }, (_, i) => 2 ** i);
const SHARE_STEPS = [0.25, 0.5, 1];

const schemeChange = matchMedia("(prefers-color-scheme: dark)");

export class Chart {
  readonly #holder: HTMLElement;
  readonly #spec: ChartSpec;
  readonly #plot: uPlot;
  #colours = new Map<string, string>();
  #spanSeconds = SPAN_MIN;
  #marks: readonly Mark[] = [];

  /** `pointed` is told the index of the sample under the cursor, `null` when it leaves. */
  constructor(holder: HTMLElement, spec: ChartSpec, pointed: (index: number | null) => void) {
    this.#holder = holder;
    this.#spec = spec;
    this.#plot = new uPlot(this.#options(pointed), [[], ...spec.lines.map(() => [])], holder);
    new ResizeObserver(() => this.#plot.setSize(this.#size())).observe(holder);
    schemeChange.addEventListener("change", () => {
      this.#colours = new Map();
      this.#plot.redraw(false, true);
    });
    holder.addEventListener("keydown", (event) => this.#key(event));
    holder.addEventListener("blur", () => this.#point(OUTSIDE));
  }

  /** The last `spanSeconds` of `samples`, with a line at each of `marks`. */
  draw(samples: readonly Sample[], spanSeconds: number, marks: readonly Mark[]): void {
    this.#spanSeconds = spanSeconds;
    this.#marks = marks;
    const lines = this.#spec.lines.map((line) => samples.map((sample) => line.of(sample) ?? null));
    this.#holder.toggleAttribute(
      "data-empty",
      !lines.some((values) => values.some((value) => value !== null)),
    );
    this.#plot.setData([samples.map(({ at }) => at), ...lines]);
  }

  #size(): { width: number; height: number } {
    return { width: Math.max(1, this.#holder.clientWidth), height: Math.max(1, this.#holder.clientHeight) };
  }

  #colour(name: string): string {
    const known = this.#colours.get(name);
    if (known !== undefined) return known;
    const colour = getComputedStyle(this.#holder).getPropertyValue(name).trim();
    this.#colours.set(name, colour);
    return colour;
  }

  #options(pointed: (index: number | null) => void): uPlot.Options {
    const axis: uPlot.Axis = {
      font: FONT,
      stroke: () => this.#colour("--muted"),
      grid: { stroke: () => this.#colour("--line"), width: 1 },
      ticks: { show: false },
    };
    return {
      ...this.#size(),
      padding: [10, TIME_HALF_WIDTH, 0, 0],
      legend: { show: false },
      cursor: {
        y: false,
        drag: { x: false, y: false },
        points: { size: 7, width: 2 },
        sync: { key: "cachee", scales: ["x", null] },
      },
      scales: { x: { time: false, range: (plot) => this.#timeRange(plot) }, y: yScale(this.#spec.scale) },
      axes: [
        {
          ...axis,
          grid: { show: false },
          size: AXIS_HEIGHT,
          space: 84,
          incrs: TIME_STEPS,
          values: (plot, splits) => splits.map((at) => (isAtStart(plot, at) ? "" : timeOfDay(at))),
        },
        {
          ...axis,
          size: AXIS_WIDTH,
          gap: 8,
          space: 34,
          ...yAxis(this.#spec.scale),
          values: (_, splits) => splits.map((value) => atAxis(this.#spec.format(value))),
        },
      ],
      series: [{}, ...this.#spec.lines.map((line) => this.#series(line))],
      hooks: {
        setCursor: [(plot) => pointed(plot.cursor.idx ?? null)],
        drawClear: [(plot) => this.#drawMarks(plot)],
      },
    };
  }

  #series(line: Line): uPlot.Series {
    return {
      scale: "y",
      stroke: () => this.#colour(line.colour),
      width: 1.75,
      points: { show: true, size: 4, filter: (plot, series) => alone(plot.data[series] ?? []) },
      ...(line.filled === true ? { fill: () => this.#colour(line.colour) + FILL_ALPHA } : {}),
      ...(line.dash === undefined ? {} : { dash: [...line.dash] }),
    };
  }

  #key(event: KeyboardEvent): void {
    const plot = this.#plot;
    const times = plot.data[0];
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (event.key === "Escape") this.#point(OUTSIDE);
    if (step === undefined || times.length === 0) return;
    event.preventDefault();
    const last = times.length - 1;
    const index = Math.min(last, Math.max(0, (plot.cursor.idx ?? last + 1) + step));
    this.#point(plot.valToPos(times[index]!, "x"));
  }

  #timeRange(plot: uPlot): uPlot.Range.MinMax {
    const times = plot.data[0];
    const last = times.at(-1) ?? Date.now() / 1_000;
    const span = Math.min(this.#spanSeconds, Math.max(SPAN_MIN, last - (times[0] ?? last)));
    return [last - span, last];
  }

  #drawMarks(plot: uPlot): void {
    const { ctx, bbox } = plot;
    ctx.save();
    ctx.setLineDash(MARK_DASH);
    for (const { at, isTrouble } of this.#marks) {
      ctx.strokeStyle = this.#colour(isTrouble ? "--mark" : "--mark-calm");
      const x = Math.round(plot.valToPos(at, "x", true));
      if (x < bbox.left || x > bbox.left + bbox.width) continue;
      ctx.beginPath();
      ctx.moveTo(x, bbox.top);
      ctx.lineTo(x, bbox.top + bbox.height);
      ctx.stroke();
    }
    ctx.restore();
  }

  /** Moves the cursor of this chart and of the others with it. */
  #point(left: number): void {
    // The third parameter, whether to tell the other charts, is missing in uPlot's types.
    const setCursor: (at: { left: number; top: number }, fire: boolean, publish: boolean) => void =
      this.#plot.setCursor;
    setCursor({ left, top: Math.min(left, 0) }, true, true);
  }
}

/** Places of values without a neighbour, to or from which no line goes. */
function alone(values: ArrayLike<number | null | undefined>): number[] {
  const isThere = (i: number) => (values[i] ?? null) !== null;
  return Array.from({ length: values.length }, (_, i) => i).filter(
    (i) => isThere(i) && !isThere(i - 1) && !isThere(i + 1),
  );
}

function yScale(kind: ChartSpec["scale"]): uPlot.Scale {
  if (kind === "share") return { range: [0, 1] };
  if (kind === "log") return { distr: 3, log: 10, range: (_, min, max) => decades(min, max) };
  return { range: (_, _min, max) => [0, max > 0 ? max * 1.15 : 1] };
}

/** `10 ms`, not `10.0 ms`. */
function atAxis(text: string): string {
  return text.replace(/(\.\d*?)0+(?!\d)/, "$1").replace(/\.(?!\d)/, "");
}

/** A time there would stand below the numbers of the other axis. */
function isAtStart(plot: uPlot, at: number): boolean {
  return plot.valToPos(at, "x") < TIME_HALF_WIDTH;
}

function yAxis(kind: ChartSpec["scale"]): uPlot.Axis {
  if (kind === "log") return { splits: (_plot, _axis, min, max) => powersOfTen(min, max) };
  if (kind === "share") return { incrs: SHARE_STEPS };
  return kind === "bytes" ? { incrs: BYTE_STEPS } : {};
}

/** Whole powers of ten around what is there. */
function decades(min: number | null, max: number | null): uPlot.Range.MinMax {
  if (min === null || max === null || min <= 0) return [1, 100];
  const low = Math.floor(Math.log10(min));
  const high = Math.ceil(Math.log10(max));
  return [10 ** low, 10 ** Math.max(high, low + 1)];
}

function powersOfTen(min: number, max: number): number[] {
  const low = Math.round(Math.log10(min));
  const high = Math.round(Math.log10(max));
  return Array.from({ length: high - low + 1 }, (_, i) => 10 ** (low + i));
}
