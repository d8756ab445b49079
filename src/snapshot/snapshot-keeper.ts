// Keeps a file with an engine's entries: written every so often, and for the last time when the instance ends. Cold.

import { messageOf } from "../base/bug.ts";
import type { Clock } from "../base/clock.ts";
import { SNAPSHOT_DRAIN_MS_MAX, SNAPSHOT_PAUSE_MS } from "../base/limits/snapshots.ts";
import type { Log } from "../base/log.ts";
import { Slices } from "../base/loop/slices.ts";
import type { Engine } from "../cache/engine.ts";
import type { Version } from "../record/version.ts";
import { saveEntries, type Pace } from "./save.ts";
import { SnapshotWriter } from "./snapshot-writer.ts";

export interface SnapshotKeeperOptions {
  readonly path: string;
  /** From the end of one to the beginning of the next. */
  readonly everyMs: number;
  readonly engine: Engine<unknown>;
  /** The version of the store's last write. */
  readonly lastVersion: () => Version;
  readonly clock: Clock;
  readonly log: Log;
}

export class SnapshotKeeper {
  readonly #options: SnapshotKeeperOptions;
  #timer: Timer | undefined;
  #saving: Promise<void> = Promise.resolve();
  #isStopping = false;

  constructor(options: SnapshotKeeperOptions) {
    this.#options = options;
    this.#wait();
  }

  /** Writes the last one, of a store that is not written any more. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    clearTimeout(this.#timer);
    await this.#saving;
    await this.#save(true);
  }

  #wait(): void {
    this.#timer = setTimeout(() => {
      this.#saving = this.#saveAndWait();
    }, this.#options.everyMs);
    this.#timer.unref();
  }

  async #saveAndWait(): Promise<void> {
    await this.#save(false);
    if (!this.#isStopping) this.#wait();
  }

  async #save(isFinal: boolean): Promise<void> {
    const { path, engine, lastVersion, clock, log } = this.#options;
    const beganMs = clock.nowMs();
    let writer: SnapshotWriter | undefined;
    try {
      writer = await SnapshotWriter.begin(path, { epoch: lastVersion().epoch, wallMs: clock.wallMs() });
      const isLate = isFinal ? () => clock.nowMs() - beganMs > SNAPSHOT_DRAIN_MS_MAX : () => this.#isStopping;
      const pace = isFinal ? new Slices(clock.nowMs) : new Gentle(clock.nowMs);
      await saveEntries(engine, writer, clock.nowMs, pace, isLate);
      if (!isFinal && this.#isStopping) return await writer.abandon();
      await writer.finish(lastVersion().n, isFinal);
      const ms = Math.round(clock.nowMs() - beganMs);
      log.info("snapshot_written", { path, entries: writer.entries, bytes: writer.bytes, ms, isFinal });
    } catch (thrown) {
      log.error("snapshot_failed", { path, reason: messageOf(thrown) });
      await writer?.abandon().catch(() => {});
    }
  }
}

/** Slices with pauses between them: requests go before. */
class Gentle implements Pace {
  readonly #slices: Slices;

  constructor(nowMs: () => number) {
    this.#slices = new Slices(nowMs);
  }

  get isOver(): boolean {
    return this.#slices.isOver;
  }

  async next(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, SNAPSHOT_PAUSE_MS));
    this.#slices.begin();
  }
}
