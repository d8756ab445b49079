// Who is told of every key under a prefix: found by as many look-ups as there are lengths of prefixes. Hot in part.

/** Bytes of one subscription beside its prefix, about. */
const SUBSCRIPTION_BYTES = 300;
const NONE: ReadonlySet<string> = new Set();

export class PrefixTable<T> {
  readonly #byPrefix = new Map<string, Set<T>>();
  readonly #byHolder = new Map<T, Set<string>>();
  /** How many prefixes have a length. */
  readonly #lengths = new Map<number, number>();
  #bytes = 0;

  get isEmpty(): boolean {
    return this.#byHolder.size === 0;
  }

  /** Bytes that it takes, about. */
  get bytes(): number {
    return this.#bytes;
  }

  get holders(): Iterable<T> {
    return this.#byHolder.keys();
  }

  prefixesOf(holder: T): ReadonlySet<string> {
    return this.#byHolder.get(holder) ?? NONE;
  }

  /** Bytes that one more subscription to `prefix` takes. */
  costOf(prefix: string): number {
    return SUBSCRIPTION_BYTES + prefix.length;
  }

  add(prefix: string, holder: T): void {
    const own = this.#byHolder.get(holder) ?? new Set();
    if (own.has(prefix)) return;
    own.add(prefix);
    this.#byHolder.set(holder, own);
    let holders = this.#byPrefix.get(prefix);
    if (holders === undefined) {
      holders = new Set();
      this.#byPrefix.set(prefix, holders);
      this.#lengths.set(prefix.length, (this.#lengths.get(prefix.length) ?? 0) + 1);
    }
    holders.add(holder);
    this.#bytes += this.costOf(prefix);
  }

  /** Removes all that `holder` has. */
  remove(holder: T): void {
    for (const prefix of this.prefixesOf(holder)) {
      this.#bytes -= this.costOf(prefix);
      const holders = this.#byPrefix.get(prefix)!;
      holders.delete(holder);
      if (holders.size > 0) continue;
      this.#byPrefix.delete(prefix);
      const left = this.#lengths.get(prefix.length)! - 1;
      if (left > 0) this.#lengths.set(prefix.length, left);
      else this.#lengths.delete(prefix.length);
    }
    this.#byHolder.delete(holder);
  }

  /** Calls `visit` with those who are told of `key`; with two prefixes of it, twice. */
  eachOf(key: string, visit: (holder: T) => void): void {
    for (const length of this.#lengths.keys()) {
      if (length > key.length) continue;
      const holders = this.#byPrefix.get(key.slice(0, length));
      if (holders !== undefined) for (const holder of holders) visit(holder);
    }
  }

  /** Calls `visit` with those who are told of some key under `prefix`. */
  eachOverlapping(prefix: string, visit: (holder: T) => void): void {
    for (const [own, holders] of this.#byPrefix) {
      if (own.startsWith(prefix) || prefix.startsWith(own)) for (const holder of holders) visit(holder);
    }
  }
}
