// Fills an engine from a snapshot, within a bound on time and on bytes; what is broken leaves it empty. Cold.

import { rename } from "node:fs/promises";
import { messageOf } from "../base/bug.ts";
import type { Clock } from "../base/clock.ts";
import { KEY_BYTES_MAX } from "../base/limits.ts";
import { SNAPSHOT_FILL_SHARE, SNAPSHOT_HOT_MAX, SNAPSHOT_READ_MS_MAX } from "../base/limits/snapshots.ts";
import type { Log } from "../base/log.ts";
import type { Engine } from "../cache/engine.ts";
import { expiryIn } from "../record/in-place.ts";
import { isRecord } from "../record/is-record.ts";
import { N_AT } from "../record/layout.ts";
import { BrokenSnapshot } from "./format.ts";
import { SnapshotReader } from "./snapshot-reader.ts";

export interface Loaded {
  /** The epoch that the store goes on with; none: it begins another. */
  readonly epoch: string | undefined;
  /** No entry has a larger number. */
  readonly n: number;
}

const NOTHING: Loaded = { epoch: undefined, n: 0 };

export interface LoadOptions {
  readonly path: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly msMax?: number;
}

/** Nothing else uses `engine` meanwhile. Never rejects: what is wrong is logged. */
export async function loadSnapshot(engine: Engine<unknown>, options: LoadOptions): Promise<Loaded> {
  const { path, log } = options;
  try {
    return await load(engine, options);
  } catch (thrown) {
    engine.clear();
    if (isAbsent(thrown)) log.info("snapshot_absent", { path });
    else
      log.error("snapshot_refused", { path, reason: messageOf(thrown), ...(await setAside(path, thrown)) });
    return NOTHING;
  }
}

async function load(engine: Engine<unknown>, options: LoadOptions): Promise<Loaded> {
  const { path, clock, log, msMax = SNAPSHOT_READ_MS_MAX } = options;
  const reader = await SnapshotReader.open(path, "r+");
  try {
    const beganMs = clock.nowMs();
    const filling = new Filling(engine, clock);
    let why: "time" | "room" | undefined;
    for await (const item of reader.items()) {
      if (item.kind === "end") filling.n = Math.max(filling.n, item.end.n);
      if (item.kind !== "entry") continue;
      filling.add(item.key, item.record);
      if (clock.nowMs() - beganMs > msMax) why = "time";
      else if (filling.isFull) why = "room";
      if (why !== undefined) break;
    }
    filling.touchHot();
    // Versions go on only where all of them are known.
    const epoch = reader.isFinal && why === undefined ? reader.origin.epoch : undefined;
    await reader.take();
    const { entries, left, n } = filling;
    const ms = Math.round(clock.nowMs() - beganMs);
    const ageSeconds = Math.round((clock.wallMs() - reader.origin.wallMs) / 1_000);
    const fields = { path, entries, left, ms, ageSeconds };
    if (why === undefined) log.info("snapshot_read", fields);
    else log.warn("snapshot_cut", { ...fields, cutBy: why });
    return { epoch, n };
  } finally {
    await reader.close();
  }
}

class Filling {
  entries = 0;
  /** Those that have expired, or are none. */
  left = 0;
  n = 0;
  readonly #engine: Engine<unknown>;
  readonly #clock: Clock;
  readonly #bytesMax: number;
  readonly #hot: string[] = [];

  constructor(engine: Engine<unknown>, clock: Clock) {
    this.#engine = engine;
    this.#clock = clock;
    this.#bytesMax = engine.bytesMax * SNAPSHOT_FILL_SHARE;
  }

  /** What comes from now on would take the place of hotter entries. */
  get isFull(): boolean {
    const { bytes, evictions } = this.#engine.stats();
    return bytes >= this.#bytesMax || evictions.capacity > 0;
  }

  add(key: string, record: Buffer): void {
    const nowMs = this.#clock.nowMs();
    if (Buffer.byteLength(key) > KEY_BYTES_MAX || !isRecord(record)) return this.#leave();
    const n = record.readDoubleLE(N_AT);
    const expiresAtMs = nowMs + (expiryIn(record, 0) - this.#clock.wallMs());
    // A record with numbers that are none is refused, too.
    if (!Number.isSafeInteger(n) || n < 0 || !(expiresAtMs > nowMs)) return this.#leave();
    if (!this.#engine.set(key, record, n, expiresAtMs, nowMs)) return this.#leave();
    this.n = Math.max(this.n, n);
    this.entries += 1;
    if (this.#hot.length < SNAPSHOT_HOT_MAX) this.#hot.push(key);
  }

  /** The first were the hottest: they are read once, so that those that came after do not look like newer ones. */
  touchHot(): void {
    for (const key of this.#hot) this.#engine.get(key, this.#clock.nowMs());
  }

  #leave(): void {
    this.left += 1;
  }
}

function isAbsent(thrown: unknown): boolean {
  return thrown instanceof Error && "code" in thrown && thrown.code === "ENOENT";
}

/** A file that is broken, or of a later format, is not overwritten by the next one. */
async function setAside(path: string, thrown: unknown): Promise<{ movedTo?: string }> {
  if (!(thrown instanceof BrokenSnapshot)) return {};
  const movedTo = `${path}.refused`;
  try {
    await rename(path, movedTo);
    return { movedTo };
  } catch {
    return {};
  }
}
