// Which invalidations one client has yet to be told of, and after which answers it has to be told again. Warm.
//
// A key may change while a tracked GET of it is under way. The client is told at once, for a copy that it may have
// already, and once more behind the answer, so that it never keeps what that brings.

import { WEBSOCKET_INVALIDATIONS_MAX } from "../base/limits.ts";
import type { Writer } from "./writer.ts";

interface Reading {
  /** Tracked GETs of the key that are under way. */
  count: number;
  hasChanged: boolean;
}

export class Invalidations {
  #keys: string[] = [];
  #isAll = false;
  readonly #readings = new Map<string, Reading>();

  add(key: string): void {
    if (this.#keys.length < WEBSOCKET_INVALIDATIONS_MAX) this.#keys.push(key);
    else this.#isAll = true;
    const reading = this.#readings.get(key);
    if (reading !== undefined) reading.hasChanged = true;
  }

  addAll(): void {
    this.#isAll = true;
    for (const reading of this.#readings.values()) reading.hasChanged = true;
  }

  /** A tracked GET of `key` is under way. */
  begin(key: string): void {
    const reading = this.#readings.get(key);
    if (reading === undefined) this.#readings.set(key, { count: 1, hasChanged: false });
    else reading.count += 1;
  }

  /** Its answer has been written; an invalidation follows it in `writer` where the key changed meanwhile. */
  end(key: string, writer: Writer): void {
    const reading = this.#readings.get(key);
    if (reading === undefined) return;
    if (reading.hasChanged) writer.invalidate(key);
    reading.count -= 1;
    if (reading.count === 0) this.#readings.delete(key);
  }

  /** Writes those that wait. */
  write(writer: Writer): void {
    if (this.#isAll) writer.dropAll();
    else for (const key of this.#keys) writer.invalidate(key);
    if (this.#keys.length > 0) this.#keys = [];
    this.#isAll = false;
  }
}
