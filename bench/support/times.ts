// Collects durations and tells their percentiles.

export class Times {
  readonly #ns: Float64Array;
  #count = 0;

  constructor(capacity: number) {
    this.#ns = new Float64Array(capacity);
  }

  add(ns: number): void {
    if (this.#count < this.#ns.length) this.#ns[this.#count++] = ns;
  }

  /** As `p50 120 ns, p99 …`. */
  summary(): string {
    const sorted = this.#ns.subarray(0, this.#count).toSorted();
    const at = (share: number): string => (sorted[Math.floor(share * (sorted.length - 1))] ?? NaN).toFixed(0);
    return `p50 ${at(0.5)}, p99 ${at(0.99)}, p99.9 ${at(0.999)}, max ${at(1)} ns`;
  }
}
