// A cache of weights only: an eviction policy over the engine's slot table, without keys, records or a byte budget.
import { NONE } from "../../src/cache/bounds.ts";
import { POLICIES } from "../../src/cache/policy/policies.ts";
import type { EvictionPolicy } from "../../src/base/settings/eviction.ts";
import type { Policy } from "../../src/cache/policy/policy.ts";
import { KeyBytes } from "../../src/cache/storage/key-bytes.ts";
import { Slots } from "../../src/cache/storage/slots.ts";
import { seededRandom } from "../../test/cache/support/random.ts";
import { heapArena } from "../../src/cache/memory/arena.ts";

/** As many slots as give `adaptive` its largest shadows. */
const SLOTS_MIN = 1 << 18;

export class PolicyCache {
  readonly #slots: Slots;
  readonly #policy: Policy;
  readonly #capacity: number;
  readonly #hashes: Uint32Array;
  /** Slot of each key's id, or NONE; and the id that a slot has. */
  readonly #slotOf: Int32Array;
  readonly #idOf: Int32Array;
  #weight = 0;

  /** `capacity` is in the unit of the weights; a key is named by its index in `keys`. */
  constructor(name: EvictionPolicy, capacity: number, keys: readonly string[]) {
    this.#slots = new Slots(Math.max(SLOTS_MIN, keys.length + 1), heapArena);
    this.#policy = POLICIES[name]({ slots: this.#slots, arena: heapArena, random: seededRandom(1) });
    this.#policy.clear();
    this.#policy.capacity = capacity;
    this.#capacity = capacity;
    const bytes = new KeyBytes(seededRandom(1)() * 2 ** 32);
    this.#hashes = Uint32Array.from(keys, (key) => {
      bytes.measure(key);
      return bytes.hash;
    });
    this.#slotOf = new Int32Array(keys.length).fill(NONE);
    this.#idOf = new Int32Array(this.#slots.capacity).fill(NONE);
  }

  /** Whether the key is resident; the access counts for eviction. */
  get(id: number): boolean {
    const slot = this.#slotOf[id]!;
    if (slot === NONE) return false;
    this.#policy.hit(slot);
    return true;
  }

  /** Brings in a key that is not resident. */
  add(id: number, weight: number): void {
    const slots = this.#slots;
    const slot = slots.take();
    slots.hash[slot] = this.#hashes[id]!;
    while (this.#weight + weight > this.#capacity) {
      const victim = this.#policy.evict();
      if (victim === NONE) break;
      this.#weight -= slots.weight[victim]!;
      this.#slotOf[this.#idOf[victim]!] = NONE;
      slots.give(victim);
    }
    slots.weight[slot] = weight;
    this.#weight += weight;
    this.#slotOf[id] = slot;
    this.#idOf[slot] = id;
    this.#policy.add(slot);
  }

  /** Throws unless the policy's queues are right and all weighs no more than the capacity. */
  verify(): void {
    this.#slots.verify();
    this.#policy.verify();
    if (this.#weight > this.#capacity) throw new Error("too much weight");
  }
}
