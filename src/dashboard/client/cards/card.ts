// What a card of the page is: a row with its figures and its chart. No code here.

import type { ChartSpec } from "./chart.ts";
import type { Sample } from "../sample.ts";

export interface FigureRow {
  /** `data-figure` of its element. */
  readonly name: string;
  readonly label: string;
  /** What the label means, where an operator may ask. */
  readonly meaning?: string;
  /** A custom property of style.css: the colour of the figure's line in the chart. */
  readonly colour?: string;
  readonly dashed?: boolean;
  readonly of: (sample: Sample) => string;
}

export interface CardRow {
  readonly name: string;
  readonly title: string;
  readonly meaning?: string;
  readonly isHalf?: boolean;
  /** A large figure, and the words after it. */
  readonly headline?: FigureRow;
  /** Large figures beside one another. */
  readonly trio?: readonly FigureRow[];
  readonly chart: ChartSpec & { readonly says: string };
  readonly figures: readonly FigureRow[];
  /** Whether there is anything to show; always, unless given. */
  readonly isShown?: (sample: Sample) => boolean;
}
