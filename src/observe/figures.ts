// The table of all figures: /metrics, /stats, the dashboard and the fleet's load are made of its rows alone. Cold.
//
// To add a plain counter: a row with `counters`, and `counts.NAME += 1` where it happens. To add what is read from
// something that exists: a row with `read`.

import { PROCESS_FIGURES } from "./figures/process.ts";
import { TIERS_FIGURES } from "./figures/tiers.ts";
import { TRAFFIC_FIGURES } from "./figures/traffic.ts";

export const FIGURES = [...TRAFFIC_FIGURES, ...TIERS_FIGURES, ...PROCESS_FIGURES] as const;

export type FigureName = (typeof FIGURES)[number]["name"];
