// How far another machine's clock is from ours, between bounds that each exchange of messages narrows. Pure.

/** Exchanges that are remembered: clocks drift, and are set. */
const EXCHANGES_MAX = 8;

interface Exchange {
  readonly lowMs: number;
  readonly highMs: number;
}

export class ClockOffset {
  #exchanges: Exchange[] = [];

  /** Their clock read `timeMs` at some moment between `sentMs` and `nowMs` of ours. */
  learn(timeMs: number, sentMs: number, nowMs: number): void {
    if (this.#exchanges.length === EXCHANGES_MAX) this.#exchanges.shift();
    this.#exchanges.push({ lowMs: timeMs - nowMs, highMs: timeMs - sentMs });
  }

  /** It is another clock from now on. */
  forget(): void {
    this.#exchanges = [];
  }

  /** What their clock has reached at the least at our `nowMs`; `NaN` before anything was learnt. */
  atLeastMs(nowMs: number): number {
    if (this.#exchanges.length === 0) return Number.NaN;
    return nowMs + Math.max(...this.#exchanges.map(({ lowMs }) => lowMs));
  }

  /** What their clock has reached at the most at our `nowMs`; `NaN` before anything was learnt. */
  atMostMs(nowMs: number): number {
    if (this.#exchanges.length === 0) return Number.NaN;
    return nowMs + Math.min(...this.#exchanges.map(({ highMs }) => highMs));
  }
}
