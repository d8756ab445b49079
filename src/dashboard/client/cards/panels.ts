// Makes the cards and fills them: each shows the latest sample, or the one that the charts' cursor points at.

import type { CardRow, FigureRow } from "./card.ts";
import { CARDS } from "./cards.ts";
import type { Mark } from "./mark.ts";
import { Chart } from "./chart.ts";
import { element, setText, term, within } from "../element.ts";
import { timeOfDay, UNKNOWN } from "../format.ts";
import type { Sample } from "../sample.ts";

/** Samples farther apart than this know nothing of the time between them: of those asked for, and of those kept. */
const GAP_SECONDS = 4;
const KEPT_GAP_SECONDS = 25;
/** Seconds of samples that are kept, and how many at the most. */
const KEPT_SECONDS = 3_600;
const SAMPLES_MAX = 4_500;
const NOTHING: Sample = { at: 0, stats: null, level: null, change: null };

function figureElement(row: FigureRow): HTMLElement {
  const label = element("dt");
  if (row.colour !== undefined) {
    label.dataset["key"] = row.dashed === true ? "dashed" : "plain";
    label.style.setProperty("--key", `var(${row.colour})`);
  }
  label.append(row.meaning === undefined ? row.label : term(row.label, row.meaning));
  return within(element("div"), label, element("dd", UNKNOWN, { "data-figure": row.name }));
}

const listOf = (className: string, rows: readonly FigureRow[]) =>
  within(element("dl", "", { class: className }), ...rows.map(figureElement));

class Panel {
  readonly section: HTMLElement;
  readonly #row: CardRow;
  readonly #figures: readonly (readonly [HTMLElement, FigureRow])[];
  readonly #when = element("span", "now", { class: "when", "data-when": "" });
  readonly #chart: Chart;
  #samples: readonly Sample[] = [];
  #marks: readonly Mark[] = [];
  #pointed: number | null = null;

  constructor(row: CardRow, holder: HTMLElement) {
    this.#row = row;
    const title = element("h2", "", { id: `${row.name}-title` });
    title.append(row.meaning === undefined ? row.title : term(row.title, row.meaning));
    this.section = element("section", "", {
      class: row.isHalf === true ? "card half" : "card",
      "data-panel": row.name,
      "aria-labelledby": `${row.name}-title`,
    });
    within(this.section, within(element("header"), title, this.#when));
    if (row.headline !== undefined) {
      const figure = element("b", UNKNOWN, { "data-figure": row.headline.name });
      within(
        this.section,
        within(element("p", "", { class: "big" }), figure, new Text(` ${row.headline.label}`)),
      );
    }
    if (row.trio !== undefined) within(this.section, listOf("trio", row.trio));
    const chart = element("div", "", {
      class: row.isHalf === true ? "chart tall" : "chart",
      tabindex: "0",
      role: "group",
      "aria-label": `${row.chart.says} Left and right arrow keys move through time.`,
    });
    within(this.section, chart, listOf("row", row.figures));
    holder.append(this.section);
    const rows = [...(row.headline === undefined ? [] : [row.headline]), ...(row.trio ?? []), ...row.figures];
    const elements = new Map(
      [...this.section.querySelectorAll<HTMLElement>("[data-figure]")].map((found) => [
        found.dataset["figure"],
        found,
      ]),
    );
    this.#figures = rows.map((figure) => [elements.get(figure.name)!, figure]);
    this.#chart = new Chart(chart, row.chart, (index) => {
      this.#pointed = index;
      this.#fill();
    });
  }

  show(samples: readonly Sample[], spanSeconds: number, marks: readonly Mark[]): void {
    this.#samples = samples;
    this.#marks = marks;
    const isShown = this.#row.isShown?.(samples.at(-1) ?? NOTHING) ?? true;
    this.section.hidden = !isShown;
    if (!isShown) return;
    this.#chart.draw(samples, spanSeconds, marks);
    this.#fill();
  }

  #fill(): void {
    const pointed = this.#pointed === null ? undefined : this.#samples[this.#pointed];
    const sample = pointed ?? this.#samples.at(-1) ?? NOTHING;
    for (const [holder, row] of this.#figures) setText(holder, row.of(sample));
    setText(this.#when, pointed === undefined ? "now" : this.#whenOf(pointed.at));
    this.#when.toggleAttribute("data-past", pointed !== undefined);
  }

  /** The time, and what happened then. */
  #whenOf(at: number): string {
    const near = this.#marks.find((mark) => Math.abs(mark.at - at) <= NEAR_SECONDS);
    return `at ${timeOfDay(at)}${near === undefined ? "" : `: ${near.words}`}`;
  }
}

/** Seconds within which the cursor is said to be at an event. */
const NEAR_SECONDS = 2;

export class Panels {
  readonly #panels: readonly Panel[];
  #samples: Sample[] = [];
  #spanSeconds: number;
  #marks: readonly Mark[] = [];

  constructor(holder: HTMLElement, spanSeconds: number) {
    this.#spanSeconds = spanSeconds;
    this.#panels = CARDS.map((row) => new Panel(row, holder));
  }

  /** All that is kept, the oldest first. */
  get samples(): readonly Sample[] {
    return this.#samples;
  }

  /** Puts what the server has kept before all else. */
  begin(kept: readonly Sample[]): void {
    const first = this.#samples[0]?.at ?? Number.POSITIVE_INFINITY;
    const older: Sample[] = [];
    for (const sample of kept) {
      if (sample.at < first) addTo(older, sample, KEPT_GAP_SECONDS);
    }
    this.#samples = [...older, ...this.#samples];
    this.#show();
  }

  add(sample: Sample): void {
    if (sample.at < (this.#samples.at(-1)?.at ?? 0)) this.#samples = [];
    // The first that was asked for follows what the server has kept, or nothing.
    const isFirst = (this.#samples.at(-1)?.stats ?? null) === null;
    addTo(this.#samples, sample, isFirst ? KEPT_GAP_SECONDS : GAP_SECONDS);
    const from = this.#samples.findIndex(({ at }) => at > sample.at - KEPT_SECONDS);
    this.#samples.splice(0, Math.max(from, this.#samples.length - SAMPLES_MAX));
    this.#show();
  }

  /** Shows the last `spanSeconds`. */
  span(spanSeconds: number): void {
    this.#spanSeconds = spanSeconds;
    this.#show();
  }

  /** Marks these events. */
  mark(marks: readonly Mark[]): void {
    this.#marks = marks;
  }

  clear(): void {
    this.#samples = [];
    this.#show();
  }

  #show(): void {
    const from = (this.#samples.at(-1)?.at ?? 0) - this.#spanSeconds;
    const shown = this.#samples.slice(
      Math.max(
        0,
        this.#samples.findIndex(({ at }) => at >= from),
      ),
    );
    for (const panel of this.#panels) panel.show(shown, this.#spanSeconds, this.#marks);
  }
}

/** With a gap before it where it is far from the last. */
function addTo(samples: Sample[], sample: Sample, gapSeconds: number): void {
  const last = samples.at(-1);
  if (last !== undefined && sample.at - last.at > gapSeconds) {
    samples.push({ ...NOTHING, at: (last.at + sample.at) / 2 });
  }
  samples.push(sample);
}
