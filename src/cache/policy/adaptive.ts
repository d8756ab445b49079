// Adaptive eviction: one cache that follows whichever rule does best in miniature caches beside it. Hot.
import { mix } from "../storage/key-bytes.ts";
import type { Slots } from "../storage/slots.ts";
import type { StateWords } from "../memory/state-words.ts";
import type { Policy, PolicyContext } from "./policy.ts";
import type { OrderRule } from "./order-rule.ts";
import { SHADOW_SLOT_BYTES, Shadow } from "./shadow.ts";
import { READS_MAX, Sifter } from "./sifter.ts";

/** S3-FIFO as it is published. */
const PLAIN: OrderRule = {
  kind: "ghosts",
  windowShare: 0.1,
  readsToStay: 3,
  remembers: false,
  unit: 0,
  power: 1,
  worthMin: 1,
};
const LONG: OrderRule = { ...PLAIN, remembers: true };
/** Small entries are worth more, large ones no less. */
const SMALL: OrderRule = { ...LONG, readsToStay: 2, unit: 1, power: 2 / 3 };
/** Large ones are worth less besides: GDSF, as requests are all that counts. */
const SIZED: OrderRule = { ...LONG, readsToStay: 0.5, unit: 1, worthMin: 0.125 };

/** Of each list the first is the rule to begin with. */
const ALIKE_RULES: readonly OrderRule[] = [
  LONG,
  { ...LONG, windowShare: 0.3 },
  { ...LONG, kind: "duel" },
  { ...LONG, kind: "recency", windowShare: 2 },
];

/** What competes among entries of differing weight, and what a hit is worth there. */
interface MixedRules {
  readonly rules: readonly OrderRule[];
  /** A hit scores one and what the entry weighs in means; else one. */
  readonly weighsHits: boolean;
}

/** `adaptive`: requests and bytes are both wanted. */
export const BY_REQUESTS_AND_BYTES: MixedRules = {
  rules: [
    { ...SMALL, windowShare: 0.05 },
    { ...SMALL, windowShare: 0.15 },
    { ...SMALL, windowShare: 0.3 },
    { ...SMALL, windowShare: 0.3, remembers: false },
  ],
  weighsHits: true,
};
/** `sized`: small entries are favoured more, so that more requests hit, of fewer bytes. */
export const BY_REQUESTS: MixedRules = {
  rules: [{ ...SIZED, windowShare: 0.02 }, SIZED, { ...SIZED, windowShare: 0.02, readsToStay: 0 }, PLAIN],
  weighsHits: false,
};

/** Entries of a shadow at most; a small budget has smaller ones, by its slots. */
const SHADOW_ENTRIES_MAX = 2048;
const SHADOW_ENTRIES_MIN = 32;
const SLOTS_A_SHADOW_ENTRY = 64;
/** Scores halve over this many accesses for each entry of a shadow. */
const HALF_LIFE_FACTOR = 8;
/** Accesses of the sample from one comparison to the next. */
const COMPARE_EVERY = 16;
/** What a rival's score must be ahead: this share, and this many standard deviations when the shadows are samples. */
const LEAD_SHARE = 0.03;
/** Among entries of differing weight, where a few large ones make chance weigh more. */
const MIXED_LEAD_SHARE = 0.05;
const LEAD_HITS = 2;
const LEAD_DEVIATIONS = 2;
/** Entries are alike when the mean of their squared weights is within this of the square of their mean. */
const ALIKE_FACTOR = 1.02;
/** The window follows the shadow's if that is larger than its rule says by this factor: its main is not full yet. */
const FOLLOW_FACTOR = 1.5;
const FOLLOW_SHARE = 0.98;
const SAMPLE_SALT = 0x5bd1e995;

/**
 * Miniature simulation (Waldspurger, Saemundsson, Ahmad & Park, USENIX ATC 2017): each shadow sees the same sample of
 * keys, chosen by hash, in a capacity scaled down alike; with few entries the sample is everything. The rule of the
 * best shadow becomes the cache's own. Queues, ghosts and sketch are the same for all rules, so a change costs nothing
 * and takes effect with the next eviction. Among entries of differing weight other rules compete, all of one kind, as
 * a duel of a large entry with a small one says little.
 */
export class AdaptivePolicy implements Policy {
  hitsTold = READS_MAX + 1;
  readonly #mixed: MixedRules;
  readonly #slots: Slots;
  readonly #sifter: Sifter;
  readonly #shadows: readonly Shadow[];
  readonly #shadowEntriesMax: number;
  /** One key in 2^shift is sampled. */
  #shift = 0;
  #rules = ALIKE_RULES;
  #chosen = 0;
  #hasChanged = false;
  #untilCompare = COMPARE_EVERY;
  #accesses = 0;
  #weights = 0;
  #squaredWeights = 0;
  /** Since they were handed over last. */
  #areShadowsTouched = true;
  /** Numbers that they hand over. */
  #shadowNumbers = 0;

  constructor({ slots, arena }: PolicyContext, mixed: MixedRules) {
    this.#mixed = mixed;
    this.#slots = slots;
    this.#sifter = new Sifter(slots, LONG, arena);
    const entries = Math.floor(slots.capacity / SLOTS_A_SHADOW_ENTRY);
    this.#shadowEntriesMax = Math.min(SHADOW_ENTRIES_MAX, Math.max(SHADOW_ENTRIES_MIN, entries));
    this.#shadows = ALIKE_RULES.map((rule) => new Shadow(rule, 2 * this.#shadowEntriesMax, arena));
  }

  get capacity(): number {
    return this.#sifter.capacity;
  }

  set capacity(weight: number) {
    this.#sifter.capacity = weight;
  }

  get bytes(): number {
    return this.#sifter.bytes + 2 * this.#shadowEntriesMax * SHADOW_SLOT_BYTES * this.#shadows.length;
  }

  clear(): void {
    this.#areShadowsTouched = true;
    this.hitsTold = READS_MAX + 1;
    this.#shift = 0;
    this.#rules = ALIKE_RULES;
    this.#chosen = 0;
    this.#hasChanged = false;
    this.#untilCompare = COMPARE_EVERY;
    this.#accesses = 0;
    this.#weights = 0;
    this.#squaredWeights = 0;
    this.#sifter.clear();
    this.#sifter.rule = LONG;
    for (const [index, shadow] of this.#shadows.entries()) shadow.clear(ALIKE_RULES[index]!);
  }

  transfer(state: StateWords): void {
    this.hitsTold = state.number(this.hitsTold);
    this.#shift = state.number(this.#shift);
    this.#chosen = state.number(this.#chosen);
    this.#hasChanged = state.flag(this.#hasChanged);
    this.#untilCompare = state.number(this.#untilCompare);
    this.#accesses = state.number(this.#accesses);
    this.#weights = state.number(this.#weights);
    this.#squaredWeights = state.number(this.#squaredWeights);
    const isAlike = state.flag(this.#rules === ALIKE_RULES);
    this.#rules = isAlike ? ALIKE_RULES : this.#mixed.rules;
    this.#sifter.rule = this.#rules[this.#chosen]!;
    this.#sifter.transfer(state);
    // Most accesses are not in the sample: the shadows are as they were saved last.
    if (state.isSaving && !this.#areShadowsTouched) {
      state.skip(this.#shadowNumbers);
      return;
    }
    const before = state.count;
    for (let i = 0; i < this.#shadows.length; i++) {
      this.#shadows[i]!.rule = this.#rules[i]!;
      this.#shadows[i]!.transfer(state);
    }
    this.#shadowNumbers = state.count - before;
    this.#areShadowsTouched = false;
  }

  add(slot: number): void {
    this.#sifter.add(slot);
    this.#observe(slot);
  }

  hit(slot: number): void {
    this.#sifter.hit(slot);
    if (this.#sifter.isFull) this.#observe(slot);
  }

  reweigh(slot: number, weight: number): void {
    this.#sifter.reweigh(slot, weight);
  }

  remove(slot: number): void {
    this.#sifter.remove(slot);
  }

  evict(): number {
    this.hitsTold = Infinity;
    const share = this.#hasChanged ? this.#shadows[this.#chosen]!.windowShare : 0;
    const isUnfilled = share > this.#sifter.rule.windowShare * FOLLOW_FACTOR;
    this.#sifter.windowShareMin = isUnfilled ? share * FOLLOW_SHARE : 0;
    return this.#sifter.evict();
  }

  heat(slot: number): number {
    return this.#sifter.heat(slot);
  }

  verify(): void {
    this.#sifter.verify();
    for (const shadow of this.#shadows) shadow.verify();
  }

  #isSampled(hash: number): boolean {
    return this.#shift === 0 || mix(hash ^ SAMPLE_SALT) >>> (32 - this.#shift) === 0;
  }

  #observe(slot: number): void {
    const hash = this.#slots.hash[slot]!;
    if (!this.#isSampled(hash)) return;
    this.#areShadowsTouched = true;
    const weight = this.#slots.weight[slot]!;
    const capacity = this.capacity / 2 ** this.#shift;
    const entries = Math.max(SHADOW_ENTRIES_MIN, this.#shadows[0]!.count);
    const fading = 1 - Math.LN2 / (HALF_LIFE_FACTOR * entries);
    this.#accesses++;
    this.#weights += weight;
    this.#squaredWeights += weight * weight;
    const isFull = this.#sifter.isFull;
    const weighsHits = this.#rules !== ALIKE_RULES && this.#mixed.weighsHits;
    const hitWorth = weighsHits ? 1 + (weight * this.#accesses) / this.#weights : 1;
    for (const shadow of this.#shadows) {
      const isHit = shadow.access(hash, weight, capacity);
      shadow.score = shadow.score * fading + (isHit && isFull ? hitWorth : 0);
    }
    if (this.#shadows[0]!.count > this.#shadowEntriesMax) this.#thin();
    if (--this.#untilCompare > 0) return;
    this.#untilCompare = COMPARE_EVERY;
    this.#chooseRules();
    if (isFull) this.#compare();
  }

  #chooseRules(): void {
    const isAlike = this.#squaredWeights * this.#accesses <= this.#weights ** 2 * ALIKE_FACTOR;
    const rules = isAlike ? ALIKE_RULES : this.#mixed.rules;
    if (rules === this.#rules) return;
    this.#rules = rules;
    for (const [index, shadow] of this.#shadows.entries()) shadow.begin(rules[index]!);
    this.#choose(0);
    this.#hasChanged = false;
  }

  #thin(): void {
    this.#shift++;
    for (const shadow of this.#shadows) shadow.thin((hash) => this.#isSampled(hash));
  }

  #compare(): void {
    const { score } = this.#shadows[this.#chosen]!;
    const deviations = this.#shift === 0 ? 0 : LEAD_DEVIATIONS * Math.sqrt(score);
    const leadShare = this.#rules === ALIKE_RULES ? LEAD_SHARE : MIXED_LEAD_SHARE;
    let most = score * (1 + leadShare) + LEAD_HITS + deviations;
    let best = this.#chosen;
    for (const [rival, shadow] of this.#shadows.entries()) {
      if (rival === this.#chosen || shadow.score <= most) continue;
      most = shadow.score;
      best = rival;
    }
    if (best !== this.#chosen) this.#choose(best);
  }

  #choose(index: number): void {
    this.#chosen = index;
    this.#hasChanged = this.#rules === ALIKE_RULES;
    this.#sifter.rule = this.#rules[index]!;
  }
}
