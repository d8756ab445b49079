// Walks a table of keys for those under some prefixes, in steps; prefixes that come meanwhile wait for the next walk.

/** Prefixes that may wait. */
const WAITING_MAX = 64;

export class PrefixWalk<T extends { readonly key: string }> {
  /** Prefixes of the walk that runs, and of the next one. */
  #walked: readonly string[] = [];
  #waiting: string[] = [];
  #walk: Iterator<T> | undefined;

  /** Keys under `prefix` are looked for from now on; `false`: too many prefixes wait. */
  add(prefix: string): boolean {
    if (this.#waiting.includes(prefix)) return true;
    if (this.#waiting.length >= WAITING_MAX) return false;
    this.#waiting.push(prefix);
    return true;
  }

  /** Looks at up to `count` more of `table`, and calls `found` with those under a prefix; `true`: more are left. */
  step(table: ReadonlyMap<string, T>, count: number, found: (item: T) => void): boolean {
    if (this.#walk === undefined) {
      if (this.#waiting.length === 0) return false;
      this.#walked = this.#waiting;
      this.#waiting = [];
      this.#walk = table.values();
    }
    for (let i = 0; i < count; i++) {
      const { value, done } = this.#walk.next();
      if (done === true) {
        this.#walk = undefined;
        return this.#waiting.length > 0;
      }
      if (this.#walked.some((prefix) => value.key.startsWith(prefix))) found(value);
    }
    return true;
  }
}
