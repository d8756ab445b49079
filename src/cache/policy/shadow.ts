// A shadow: a cache in miniature that has no entries, only a sample of their hashes and weights. Warm.
import { NONE } from "../bounds.ts";
import type { Arena } from "../memory/arena.ts";
import { IndexTable } from "../storage/index-table.ts";
import { Slots } from "../storage/slots.ts";
import type { StateWords } from "../memory/state-words.ts";
import type { OrderRule } from "./order-rule.ts";
import { Sifter } from "./sifter.ts";

/** Bytes of one slot of a shadow with its share of ghosts and sketch. */
export const SHADOW_SLOT_BYTES = 96;

/** Follows one rule and counts what would have been hits, recent ones for more. */
export class Shadow {
  /** What its hits were worth, fading. */
  score = 0;
  readonly #slots: Slots;
  readonly #index: IndexTable;
  readonly #sifter: Sifter;

  constructor(rule: OrderRule, slotsMax: number, arena: Arena) {
    this.#slots = new Slots(slotsMax, arena);
    this.#index = new IndexTable(this.#slots, arena);
    this.#sifter = new Sifter(this.#slots, rule, arena);
  }

  /** Forgets all, and follows `rule`. */
  clear(rule: OrderRule): void {
    this.#slots.clear();
    this.#index.clear();
    this.#sifter.clear();
    this.begin(rule);
  }

  /** All but the rule. */
  transfer(state: StateWords): void {
    this.score = state.number(this.score);
    this.#slots.transfer(state);
    this.#index.transfer(state);
    this.#sifter.transfer(state);
  }

  set rule(rule: OrderRule) {
    this.#sifter.rule = rule;
  }

  get count(): number {
    return this.#slots.live;
  }

  get windowShare(): number {
    return this.#sifter.weight === 0 ? 0 : this.#sifter.window.weight / this.#sifter.weight;
  }

  /** Follows another rule from now on. */
  begin(rule: OrderRule): void {
    this.#sifter.rule = rule;
    this.score = 0;
  }

  /** Asks for a key, and brings it in if it is absent. */
  access(hash: number, weight: number, capacity: number): boolean {
    const slots = this.#slots;
    for (let slot = this.#index.first(hash); slot !== NONE; slot = slots.next[slot]!) {
      if (slots.hash[slot] !== hash) continue;
      this.#sifter.hit(slot);
      if (slots.weight[slot] !== weight) {
        this.#sifter.reweigh(slot, weight);
        slots.weight[slot] = weight;
      }
      return true;
    }
    if (weight > capacity) return false;
    this.#sifter.capacity = capacity;
    while (this.#sifter.weight + weight > capacity || slots.live === slots.capacity) {
      const victim = this.#sifter.evict();
      if (victim === NONE) break;
      this.#forget(victim);
    }
    const slot = slots.take();
    slots.hash[slot] = hash;
    slots.weight[slot] = weight;
    this.#index.add(slot);
    this.#sifter.add(slot);
    return false;
  }

  /** Drops what is no longer in the sample. */
  thin(isSampled: (hash: number) => boolean): void {
    const slots = this.#slots;
    for (let slot = 0; slot < slots.high; slot++) {
      if (!slots.isLive(slot) || isSampled(slots.hash[slot]!)) continue;
      this.#sifter.remove(slot);
      this.#forget(slot);
    }
  }

  verify(): void {
    this.#slots.verify();
    this.#index.verify();
    this.#sifter.verify();
  }

  #forget(slot: number): void {
    this.#index.remove(slot);
    this.#slots.give(slot);
  }
}
