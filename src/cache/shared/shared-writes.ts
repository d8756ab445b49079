// The writes of an engine over shared memory: each under the lock of its shard. Hot.
import { NONE } from "../bounds.ts";
import type { PutRequest, RecordSpan, Validation } from "../engine.ts";
import { EntryWrite } from "../storage/entry-write.ts";
import { MutableRecordSpan } from "../storage/items.ts";
import type { Shard } from "./shard.ts";
import { isAuxiliary } from "./shard-hold.ts";
import type { ShardHold } from "./shard-hold.ts";

/** Times are by the clock that all processes have in common; else all is as the engine has it. */
export class SharedWrites {
  readonly #hold: ShardHold;
  readonly #recordBytesMax: number;
  readonly #traitsOf: Validation<unknown>["traitsOf"] | undefined;
  /** Filled anew for each write. */
  readonly #write = new EntryWrite();
  readonly #span = new MutableRecordSpan();
  /** Where `put` has made room that is not committed yet. */
  #putIn: Shard | undefined;
  #putSlot = NONE;

  constructor(hold: ShardHold, recordBytesMax: number, traitsOf?: Validation<unknown>["traitsOf"]) {
    this.#hold = hold;
    this.#recordBytesMax = recordBytesMax;
    this.#traitsOf = traitsOf;
  }

  set(key: string, record: Uint8Array, version: number, expiresAtMs: number, nowMs: number): boolean {
    const hold = this.#hold;
    const shard = hold.measure(key);
    if (hold.keys.bytes + record.byteLength > this.#recordBytesMax) return false;
    const traits = this.#traitsOf?.(record) ?? 0;
    if (!hold.enter(shard)) return false;
    try {
      const { storage } = shard;
      const write = this.#write;
      write.found = storage.find(key);
      if (write.found === NONE && isAuxiliary(key)) shard.auxiliaries++;
      write.version = version;
      write.expiresAtMs = expiresAtMs;
      write.traits = traits;
      write.stamp = hold.stamp;
      write.nowMs = nowMs;
      storage.write(write, key, record);
    } catch (thrown) {
      hold.abandon(shard);
      throw thrown;
    }
    hold.leave(shard);
    return true;
  }

  put(request: PutRequest, originMs: number, nowMs: number): RecordSpan | undefined {
    const { source, keyStart: start, keyEnd: end, recordBytes } = request;
    const hold = this.#hold;
    const { keys } = hold;
    if (!keys.measureBytes(source, start, end)) return undefined;
    if (keys.bytes + recordBytes > this.#recordBytesMax) return undefined;
    const shard = hold.shardOf(keys.hash);
    if (!hold.enter(shard)) return undefined;
    request.version = request.nextVersion();
    if (request.version === 0) {
      hold.leave(shard);
      return undefined;
    }
    try {
      const { storage } = shard;
      const write = this.#write;
      write.found = storage.findBytes(source, start, end, keys.hash);
      write.recordBytes = recordBytes;
      write.version = request.version;
      write.expiresAtMs = request.expiresAtMs + originMs;
      write.traits = 0;
      write.stamp = hold.stamp;
      write.nowMs = nowMs;
      const slot = storage.put(write, source, start, end);
      if (slot === NONE) {
        hold.leave(shard);
        return undefined;
      }
      this.#putIn = shard;
      this.#putSlot = slot;
      storage.items.locate(slot, this.#span);
      return this.#span;
    } catch (thrown) {
      hold.abandon(shard);
      throw thrown;
    }
  }

  commit(): void {
    const shard = this.#putIn;
    if (shard === undefined) return;
    this.#putIn = undefined;
    shard.storage.slots.settle(this.#putSlot);
    this.#hold.leave(shard);
  }

  delete(key: string, nowMs: number): boolean {
    const hold = this.#hold;
    const shard = hold.measure(key);
    if (!hold.enter(shard)) return false;
    try {
      const { storage } = shard;
      const slot = storage.find(key);
      const isExpired = slot !== NONE && storage.items.expiresAtMs(slot) <= nowMs;
      if (slot !== NONE) storage.drop(slot, isExpired ? "expired" : undefined);
      hold.leave(shard);
      return slot !== NONE && !isExpired;
    } catch (thrown) {
      hold.abandon(shard);
      throw thrown;
    }
  }
}
