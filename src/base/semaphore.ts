// Lets a bounded number of jobs run at once; the others wait their turn.

/** Turns that have been given before the list of those who wait is cut. */
const GIVEN_MAX = 1_024;

export class Semaphore {
  #waiting: (() => void)[] = [];
  /** How many at the beginning of the list have been given their turn. */
  #given = 0;
  #free: number;

  constructor(runningMax: number) {
    this.#free = runningMax;
  }

  /** Jobs that wait for their turn. */
  get waiting(): number {
    return this.#waiting.length - this.#given;
  }

  /** Resolves or rejects as `job` does, once its turn has come. First come, first served; at once where one is free. */
  async run<T>(job: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await job();
    } finally {
      this.#next();
    }
  }

  #next(): void {
    if (this.waiting === 0) {
      this.#free++;
      return;
    }
    this.#waiting[this.#given]!();
    this.#given++;
    if (this.#given < GIVEN_MAX && this.waiting > 0) return;
    this.#waiting = this.#waiting.slice(this.#given);
    this.#given = 0;
  }
}
