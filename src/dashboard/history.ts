// The last hour of an instance's figures as the page draws them, so that a page opened late is not blank. Cold.

import { HISTORY_POINTS_MAX } from "../base/limits.ts";
import type { Snapshot } from "../observe/snapshot.ts";
import { statsOf } from "../observe/stats.ts";
// oxlint-disable-next-line import/default -- what it gives is the file's text
import source from "#dashboard/sample.ts" with { type: "text" };
import type { HistoryPoint } from "./client/sample.ts";

// A bundler takes a file as text or as code, not as both, and the page needs this one's text (files.ts).
const code = new Bun.Transpiler({ loader: "ts" }).transformSync(source);
const { Sampler } = (await import(
  `data:text/javascript;base64,${Buffer.from(code).toString("base64")}`
)) as typeof import("./client/sample.ts");

export class History {
  readonly #sampler = new Sampler();
  /** The oldest first. */
  readonly #points: HistoryPoint[] = [];

  /** Takes in the figures of this moment; the caller comes every HISTORY_STEP_MS. */
  add(snapshot: Snapshot): void {
    const stats = statsOf(snapshot, true);
    const { at, change, level } = this.#sampler.sample(stats, stats.wallMs / 1_000);
    if (this.#points.length >= HISTORY_POINTS_MAX) this.#points.shift();
    this.#points.push({ at, change, level });
  }

  points(): readonly HistoryPoint[] {
    return this.#points;
  }
}
