// Counts the requests of all lanes by the API key's name, in a bounded number of names. Hot: an addition.

import { REFUSAL_KEYS_MAX } from "../../base/limits.ts";

/** Where a request had no key, or one that is not known. */
export const NO_KEY = "none";
/** Keys beyond the bound. */
export const OTHER_KEY = "other";

class Count {
  requests = 0;
}

export class KeyRequests {
  readonly #byName = new Map<string, Count>();
  /** The name that was counted last, and its count: most requests are of the same key as the one before. */
  #lastName = "";
  #last = new Count();

  count(name: string, requests: number): void {
    if (name !== this.#lastName) this.#turnTo(name);
    this.#last.requests += requests;
  }

  *counts(): Iterable<readonly [keyName: string, requests: number]> {
    for (const [name, { requests }] of this.#byName) yield [name, requests];
  }

  #turnTo(name: string): void {
    this.#lastName = name;
    const known = this.#byName.get(name);
    this.#last = known ?? this.#added(this.#byName.size < REFUSAL_KEYS_MAX ? name : OTHER_KEY);
  }

  #added(name: string): Count {
    const count = this.#byName.get(name) ?? new Count();
    this.#byName.set(name, count);
    return count;
  }
}
