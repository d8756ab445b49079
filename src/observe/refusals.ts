// Counts refusals of all lanes by error code and by the API key that met them, in a bounded number of pairs. Cold.

import { REFUSAL_CODES_MAX, REFUSAL_KEYS_MAX } from "../base/limits.ts";
import { NO_KEY, OTHER_KEY } from "./requests/key-requests.ts";

export class Refusals {
  readonly #codes = new Set<string>();
  /** Counts by key name, then by code. */
  readonly #byKey = new Map<string, Map<string, number>>();

  count(code: string, keyName: string | undefined): void {
    if (!this.#codes.has(code) && this.#codes.size < REFUSAL_CODES_MAX) this.#codes.add(code);
    const name = this.#codes.has(code) ? code : OTHER_KEY;
    const byCode = this.#of(keyName ?? NO_KEY);
    byCode.set(name, (byCode.get(name) ?? 0) + 1);
  }

  *counts(): Iterable<readonly [code: string, keyName: string, count: number]> {
    for (const [keyName, byCode] of this.#byKey)
      for (const [code, count] of byCode) yield [code, keyName, count];
  }

  #of(keyName: string): Map<string, number> {
    const known = this.#byKey.get(keyName);
    if (known !== undefined) return known;
    const name = this.#byKey.size < REFUSAL_KEYS_MAX ? keyName : OTHER_KEY;
    const byCode = this.#byKey.get(name) ?? new Map<string, number>();
    this.#byKey.set(name, byCode);
    return byCode;
  }
}
