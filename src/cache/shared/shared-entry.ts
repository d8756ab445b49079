// An entry of a shard that was read: with a copy of its record, and with what tells whether the shard still has it. Hot.
import { FrontEntry } from "../front/front-entry.ts";
import { GENERATION } from "./layout.ts";
import type { MutableRecordSpan } from "../storage/items.ts";
import type { Shard } from "./shard.ts";
import type { ShardReader } from "./shard-reader.ts";

export class SharedEntry<M> extends FrontEntry<M> {
  readonly shard: Shard;
  readonly hash: number;
  readonly #sequence: number;
  readonly #generation: number;
  readonly #bytes: Buffer;

  /** Of what `reader` has just read in `shard`: with a copy of it. `expiresAtMs` is by this process's clock. */
  constructor(key: string, hash: number, shard: Shard, reader: ShardReader, expiresAtMs: number) {
    super(key, reader.slot, reader.version, expiresAtMs, reader.stamp, shard.storage.items);
    this.shard = shard;
    this.hash = hash;
    this.#sequence = reader.sequence;
    this.#generation = reader.generation;
    this.#bytes = reader.takeCopy();
    this.copyBytes = this.#bytes.length;
  }

  /** The shard has this very entry still. Two plain loads. */
  get isCurrent(): boolean {
    const { shard } = this;
    return (
      shard.storage.slots.sequence[this.slot] === this.#sequence &&
      shard.header[GENERATION] === this.#generation
    );
  }

  override get record(): Uint8Array {
    return this.#bytes;
  }

  locate(span: MutableRecordSpan): void {
    span.bytes = this.#bytes;
    span.start = 0;
    span.end = this.#bytes.length;
  }
}
