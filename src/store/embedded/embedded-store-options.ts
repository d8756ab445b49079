// What an embedded store is made of. No code.

import type { Clock } from "../../base/clock.ts";
import type { Engine, Validation } from "../../cache/engine.ts";
import type { Compressor } from "../../record/compressor.ts";
import type { MarkLogPort } from "../marks/marked-engine.ts";
import type { FillWish, ReadResult } from "../store.ts";
import type { Commons } from "./commons.ts";

export interface EmbeddedStoreOptions<M> {
  /** Makes the engine around the store's own check of watermarks. */
  readonly createEngine: (validation: Validation<M>) => Engine<M>;
  readonly clock: Clock;
  readonly compressor: Compressor;
  /** The epoch of every version that this store gives. */
  readonly epoch: string;
  /** What other processes have in common with this one, which write the engine too; absent where there are none. */
  readonly commons?: Commons;
  /** How other processes learn of mass invalidations, and the other way about. */
  readonly log?: MarkLogPort;
  /** Reads again for one who waited: where others write the engine, with the key held. */
  readonly readAgain?: (key: string, nowMs: number, wish: FillWish) => ReadResult<M> | Promise<ReadResult<M>>;
  /** The number of the last write, where the engine has entries of an earlier life of the store; 0 unless given. */
  readonly n?: number;
}
