// Scripts that clients have sent, by SHA-1: those used last, within bounds. Warm.

import { SCRIPTS_BYTES_MAX, SCRIPTS_MAX } from "../../base/limits.ts";
import type { Script } from "./lua-machine.ts";

export class Scripts {
  readonly #bySha1 = new Map<string, Script>();
  #bytes = 0;

  /** The script with the SHA-1, in lower case. */
  get(sha1: string): Script | undefined {
    const script = this.#bySha1.get(sha1);
    if (script === undefined) return undefined;
    this.#bySha1.delete(sha1);
    this.#bySha1.set(sha1, script);
    return script;
  }

  has(sha1: string): boolean {
    return this.#bySha1.has(sha1);
  }

  add(script: Script): void {
    if (this.get(script.sha1) !== undefined) return;
    this.#bySha1.set(script.sha1, script);
    this.#bytes += script.source.length;
    for (const oldest of this.#bySha1.values()) {
      if (this.#bySha1.size <= SCRIPTS_MAX && this.#bytes <= SCRIPTS_BYTES_MAX) return;
      this.#bySha1.delete(oldest.sha1);
      this.#bytes -= oldest.source.length;
    }
  }

  clear(): void {
    this.#bySha1.clear();
    this.#bytes = 0;
  }
}
