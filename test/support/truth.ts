// What each key's value was, when: the yardstick that answers are held against.

/** A value of one key, from when it was so until it was otherwise. */
interface Reign {
  readonly value: string | undefined;
  readonly fromMs: number;
  untilMs: number;
}

export class Truth {
  readonly #reigns = new Map<string, Reign[]>();

  /** From `atMs` on, `key` has `value` (none: it is absent). */
  change(key: string, value: string | undefined, atMs: number): void {
    const reigns = this.#of(key);
    const last = reigns.at(-1)!;
    if (last.value === value) return;
    last.untilMs = atMs;
    reigns.push({ value, fromMs: atMs, untilMs: Number.POSITIVE_INFINITY });
  }

  now(key: string): string | undefined {
    return this.#of(key).at(-1)!.value;
  }

  /** From when on `key` has had the value that it has now. */
  sinceMs(key: string): number {
    return this.#of(key).at(-1)!.fromMs;
  }

  /** The latest moment in [fromMs, untilMs] at which `key` had `value`; nothing if it did at none. */
  latest(key: string, value: string | undefined, fromMs: number, untilMs: number): number | undefined {
    const reigns = this.#of(key);
    for (let i = reigns.length - 1; i >= 0; i--) {
      const reign = reigns[i]!;
      if (reign.untilMs < fromMs) return undefined;
      if (reign.value === value && reign.fromMs <= untilMs) return Math.min(reign.untilMs, untilMs);
    }
    return undefined;
  }

  /** When the reign of `value` that holds in [fromMs, untilMs] first began. */
  began(key: string, value: string | undefined, fromMs: number, untilMs: number): number {
    return this.beganWith(key, (own) => own === value, fromMs, untilMs);
  }

  /** The same of a value that `test` says yes to. */
  beganWith(
    key: string,
    test: (value: string | undefined) => boolean,
    fromMs: number,
    untilMs: number,
  ): number {
    for (const reign of this.#of(key)) {
      if (reign.untilMs >= fromMs && reign.fromMs <= untilMs && test(reign.value)) return reign.fromMs;
    }
    return Number.NEGATIVE_INFINITY;
  }

  /** The value that `key` had before `value`, which it had once. */
  before(key: string, value: string): string | undefined {
    const reigns = this.#of(key);
    const index = reigns.findIndex((reign) => reign.value === value);
    return reigns[index - 1]?.value;
  }

  toString(): string {
    return [...this.#reigns]
      .map(
        ([key, reigns]) =>
          `${key}: ${reigns.map(({ value, fromMs }) => `${fromMs.toFixed(2)} ${value ?? "-"}`).join(", ")}`,
      )
      .join("\n");
  }

  #of(key: string): Reign[] {
    let reigns = this.#reigns.get(key);
    if (reigns === undefined) {
      reigns = [{ value: undefined, fromMs: Number.NEGATIVE_INFINITY, untilMs: Number.POSITIVE_INFINITY }];
      this.#reigns.set(key, reigns);
    }
    return reigns;
  }
}
