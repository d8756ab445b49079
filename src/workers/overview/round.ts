// One question to several workers, and which of them have not answered yet. Cold.

/** Done when each has answered or ended, after `waitMsMax` at the latest. */
export class Round<Worker> {
  readonly done: Promise<void>;
  readonly #missing: Set<Worker>;
  #finish: () => void = () => {};

  constructor(workers: readonly Worker[], waitMsMax: number) {
    this.#missing = new Set(workers);
    this.done = new Promise((resolve) => {
      const timer = setTimeout(resolve, waitMsMax);
      this.#finish = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    if (workers.length === 0) this.#finish();
  }

  answered(worker: Worker): boolean {
    const wasMissing = this.#missing.delete(worker);
    if (this.#missing.size === 0) this.#finish();
    return wasMissing;
  }
}
