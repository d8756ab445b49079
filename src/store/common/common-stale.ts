// Copies of entries that may be served past their expiry, for all workers of an instance: entries of the engine. Cold.

import type { Engine } from "../../cache/engine.ts";
import { RecordView } from "../../record/record.ts";
import type { StalePort } from "../embedded/commons.ts";
import type { StaleCopy } from "../embedded/stale-copies.ts";
import { raise, STALE_UNTIL, type CommonMemory } from "./common-memory.ts";

export interface CommonStaleOptions {
  readonly memory: CommonMemory;
  readonly engine: () => Engine<unknown>;
  readonly nowMs: () => number;
  readonly wallMs: () => number;
  /** What is to be added to the engine's time for the time that all workers have in common, ms. */
  readonly originMs: number;
}

/** The engine's owner may have such keys for itself: they lie in the shard of the key, and marks cover both alike. */
const PREFIX = "\0";

export class CommonStale implements StalePort {
  readonly #options: CommonStaleOptions;

  constructor(options: CommonStaleOptions) {
    this.#options = options;
  }

  /** None is kept by anybody. */
  get isEmpty(): boolean {
    const { memory, nowMs, originMs } = this.#options;
    return memory.numbers[STALE_UNTIL]! < nowMs() + originMs;
  }

  get(key: string, nowMs: number): StaleCopy | undefined {
    if (this.isEmpty) return undefined;
    const entry = this.#options.engine().peek(PREFIX + key, nowMs);
    if (entry === undefined) return undefined;
    const record = entry.record.slice();
    const remainingMs = new RecordView(record).expiresAtWallMs - this.#options.wallMs();
    return { record, n: entry.version, expiresAtMs: nowMs + remainingMs, keptUntilMs: entry.expiresAtMs };
  }

  set(key: string, { record, n, keptUntilMs }: StaleCopy, nowMs: number): void {
    const { memory, engine, originMs } = this.#options;
    if (engine().set(PREFIX + key, record, n, keptUntilMs, nowMs)) {
      raise(memory, STALE_UNTIL, keptUntilMs + originMs);
    }
  }

  drop(key: string): void {
    if (!this.isEmpty) this.#options.engine().delete(PREFIX + key, this.#options.nowMs());
  }

  /** The engine asks about them as about all its entries. */
  dropCovered(): void {}
}
