// The cards of the page: each shows the latest sample, or the one that the charts' cursor points at.

import { Chart, SPAN_MAX, type ChartSpec } from "./chart.ts";
import { FIGURES, moodOf } from "./figures.ts";
import { bytes, latency, percent, rate, timeOfDay } from "./format.ts";
import type { Sample } from "./sample.ts";

const quantiles = (lane: string): ChartSpec => ({
  scale: "log",
  format: latency,
  lines: [
    { of: ({ change }) => change?.lanes[lane]?.quantiles.p50, colour: "--p50" },
    { of: ({ change }) => change?.lanes[lane]?.quantiles.p99, colour: "--p99" },
    { of: ({ change }) => change?.lanes[lane]?.quantiles.p999, colour: "--p999", dash: [5, 3] },
  ],
});

/** By `data-panel` in page.html. */
const CHARTS: Readonly<Record<string, ChartSpec>> = {
  requests: {
    scale: "linear",
    format: rate,
    lines: [
      { of: ({ change }) => change?.lanes["fast"]?.rate, colour: "--fast", filled: true },
      { of: ({ change }) => change?.lanes["cold"]?.rate, colour: "--cold" },
    ],
  },
  hits: {
    scale: "share",
    format: percent,
    lines: [{ of: ({ change }) => change?.hitRate, colour: "--good", filled: true }],
  },
  memory: {
    scale: "bytes",
    format: bytes,
    lines: [{ of: ({ level }) => level?.l1Bytes, colour: "--accent", filled: true }],
  },
  evictions: {
    scale: "linear",
    format: rate,
    lines: [{ of: ({ change }) => change?.evictions["capacity"], colour: "--cold", filled: true }],
  },
  fast: quantiles("fast"),
  cold: quantiles("cold"),
};

/** Seconds between samples from which on nothing is known of the time between them. */
const GAP_SECONDS = 4;
const NOTHING: Sample = { at: 0, stats: null, level: null, change: null };

class Panel {
  readonly #figures: readonly HTMLElement[];
  readonly #when: HTMLElement | null;
  readonly #chart: Chart | undefined;
  #samples: readonly Sample[] = [];
  #pointed: number | null = null;

  constructor(section: HTMLElement) {
    this.#figures = [...section.querySelectorAll<HTMLElement>("[data-figure]")];
    this.#when = section.querySelector<HTMLElement>("[data-when]");
    const holder = section.querySelector<HTMLElement>(".chart");
    const spec = CHARTS[section.dataset["panel"] ?? ""];
    if (holder === null || spec === undefined) return;
    this.#chart = new Chart(holder, spec, (index) => {
      this.#pointed = index;
      this.#fill();
    });
  }

  show(samples: readonly Sample[]): void {
    this.#samples = samples;
    this.#chart?.draw(samples);
    this.#fill();
  }

  #fill(): void {
    const pointed = this.#pointed === null ? undefined : this.#samples[this.#pointed];
    const sample = pointed ?? this.#samples.at(-1) ?? NOTHING;
    for (const element of this.#figures) {
      setText(element, FIGURES[element.dataset["figure"]!]?.(sample) ?? "");
    }
    if (this.#when === null) return;
    setText(this.#when, pointed === undefined ? "last second" : `at ${timeOfDay(pointed.at)}`);
    this.#when.toggleAttribute("data-past", pointed !== undefined);
  }
}

/** Leaves the text node alone where nothing changes: a selection survives. */
function setText(element: HTMLElement, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

export class Panels {
  readonly #panels: readonly Panel[];
  readonly #root: HTMLElement;
  readonly #budget: Element;
  #samples: Sample[] = [];

  constructor(root: HTMLElement) {
    this.#root = root;
    this.#budget = root.querySelector(".meter")!;
    this.#panels = [...root.querySelectorAll<HTMLElement>("[data-panel]")].map(
      (section) => new Panel(section),
    );
  }

  add(sample: Sample): void {
    if (sample.at < (this.#samples.at(-1)?.at ?? 0)) this.#samples = [];
    const last = this.#samples.at(-1);
    if (last !== undefined && sample.at - last.at > GAP_SECONDS) {
      this.#samples.push({ ...NOTHING, at: (last.at + sample.at) / 2 });
    }
    this.#samples.push(sample);
    this.#samples = this.#samples.filter(({ at }) => at > sample.at - SPAN_MAX);
    this.#show();
    this.#showStates(sample);
  }

  clear(): void {
    this.#samples = [];
    this.#show();
  }

  #show(): void {
    for (const panel of this.#panels) panel.show(this.#samples);
  }

  #showStates({ stats }: Sample): void {
    if (stats === null) return;
    const share = stats.l1.bytes / stats.l1.bytesMax;
    this.#budget.setAttribute("aria-valuenow", String(Math.round(share * 100)));
    this.#budget.setAttribute("aria-valuetext", `${bytes(stats.l1.bytes)} of ${bytes(stats.l1.bytesMax)}`);
    (this.#budget.firstElementChild as HTMLElement).style.width = `${Math.min(1, share) * 100}%`;
    const states: Readonly<Record<string, string>> = { l2: stats.l2.state, coherence: stats.coherence.state };
    for (const element of this.#root.querySelectorAll<HTMLElement>("[data-state]")) {
      element.dataset["mood"] = moodOf(states[element.dataset["state"]!]);
    }
  }
}
