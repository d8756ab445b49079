// How far a long command has come, as a bar on a terminal; elsewhere it says nothing.

import { Presets, SingleBar } from "cli-progress";

export class Progress {
  readonly #bar: SingleBar | undefined;
  #value = 0;

  /** `total`: none, where it is not known. `isShown`: unless standard error is no terminal. */
  constructor(total: number | undefined, unit: string, isShown: boolean) {
    if (!isShown || !process.stderr.isTTY) return;
    const known = `{bar} {percentage} %  {value}/{total} ${unit}  {rate}/s  ETA {eta_formatted}`;
    const format = total === undefined ? `{value} ${unit}  {rate}/s` : known;
    const options = {
      format,
      stream: process.stderr,
      clearOnComplete: true,
      hideCursor: true,
      etaBuffer: 1_000,
    };
    this.#bar = new SingleBar(options, Presets.shades_classic);
    this.#startedMs = performance.now();
    this.#bar.start(total ?? 0, 0, { rate: 0 });
  }

  #startedMs = 0;

  set(value: number): void {
    this.#value = value;
    const seconds = (performance.now() - this.#startedMs) / 1_000;
    this.#bar?.update(value, { rate: Math.round(value / Math.max(seconds, 0.001)) });
  }

  get value(): number {
    return this.#value;
  }

  stop(): void {
    this.#bar?.stop();
  }
}
