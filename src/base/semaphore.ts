// Lets a bounded number of jobs run at once; the others wait their turn.

export class Semaphore {
  readonly #waiting: (() => void)[] = [];
  #free: number;

  constructor(runningMax: number) {
    this.#free = runningMax;
  }

  /** Resolves or rejects as `job` does, once its turn has come. First come, first served. */
  async run<T>(job: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await job();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free++;
      else next();
    }
  }
}
