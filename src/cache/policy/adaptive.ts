// Adaptive eviction: one cache that follows whichever rule does best in miniature caches beside it. Hot.
import { mix } from "../key-bytes.ts";
import type { Slots } from "../slots.ts";
import type { Policy, PolicyContext, PolicyName } from "./policy.ts";
import { SHADOW_SLOT_BYTES, Shadow } from "./shadow.ts";
import { Sifter } from "./sifter.ts";
import type { Rule } from "./sifter.ts";

/** The first is the rule to begin with. */
const RULES: readonly Rule[] = [
  { kind: "ghosts", windowShare: 0.1 },
  { kind: "ghosts", windowShare: 0.3 },
  { kind: "duel", windowShare: 0.1 },
  { kind: "recency", windowShare: 2 },
];

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
const LEAD_HITS = 2;
const LEAD_DEVIATIONS = 2;
/** As LEAD_SHARE, among entries of differing weight, where a few large ones make chance weigh more. */
const MIXED_LEAD_SHARE = 0.2;
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
 * and takes effect with the next eviction. Among entries of differing weight only the `ghosts` rules compete, as a
 * duel of a large entry with a small one says little.
 */
export class AdaptivePolicy implements Policy {
  readonly name: PolicyName;
  readonly #slots: Slots;
  readonly #sifter: Sifter;
  readonly #shadows: readonly Shadow[];
  readonly #shadowEntriesMax: number;
  /** One key in 2^shift is sampled. */
  #shift = 0;
  #chosen = 0;
  #hasChanged = false;
  #untilCompare = COMPARE_EVERY;
  #accesses = 0;
  #weights = 0;
  #squaredWeights = 0;

  constructor({ slots }: PolicyContext, name: PolicyName, sizeBias: number) {
    this.name = name;
    this.#slots = slots;
    this.#sifter = new Sifter(slots, RULES[0]!, sizeBias);
    const entries = Math.floor(slots.capacity / SLOTS_A_SHADOW_ENTRY);
    this.#shadowEntriesMax = Math.min(SHADOW_ENTRIES_MAX, Math.max(SHADOW_ENTRIES_MIN, entries));
    this.#shadows = RULES.map((rule) => new Shadow(rule, 2 * this.#shadowEntriesMax, sizeBias));
  }

  get capacity(): number {
    return this.#sifter.capacity;
  }

  set capacity(weight: number) {
    this.#sifter.capacity = weight;
  }

  get bytes(): number {
    return this.#sifter.bytes + 2 * this.#shadowEntriesMax * SHADOW_SLOT_BYTES * RULES.length;
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
    const weight = this.#slots.weight[slot]!;
    const capacity = this.capacity / 2 ** this.#shift;
    const entries = Math.max(SHADOW_ENTRIES_MIN, this.#shadows[0]!.count);
    const fading = 1 - Math.LN2 / (HALF_LIFE_FACTOR * entries);
    this.#accesses++;
    this.#weights += weight;
    this.#squaredWeights += weight * weight;
    const isFull = this.#sifter.isFull;
    for (const shadow of this.#shadows) {
      const isHit = shadow.access(hash, weight, capacity);
      shadow.score = shadow.score * fading + (isHit && isFull ? 1 : 0);
    }
    if (this.#shadows[0]!.count > this.#shadowEntriesMax) this.#thin();
    if (--this.#untilCompare > 0) return;
    this.#untilCompare = COMPARE_EVERY;
    if (isFull) this.#compare();
  }

  #thin(): void {
    this.#shift++;
    for (const shadow of this.#shadows) shadow.thin((hash) => this.#isSampled(hash));
  }

  #compare(): void {
    const isAlike = this.#squaredWeights * this.#accesses <= this.#weights ** 2 * ALIKE_FACTOR;
    const { score } = this.#shadows[this.#chosen]!;
    const deviations = this.#shift === 0 ? 0 : LEAD_DEVIATIONS * Math.sqrt(score);
    let most = score * (1 + (isAlike ? LEAD_SHARE : MIXED_LEAD_SHARE)) + LEAD_HITS + deviations;
    let best = this.#chosen;
    for (const [rival, shadow] of this.#shadows.entries()) {
      if (rival === this.#chosen || shadow.score <= most || (!isAlike && shadow.rule.kind !== "ghosts"))
        continue;
      most = shadow.score;
      best = rival;
    }
    if (best === this.#chosen) return;
    this.#chosen = best;
    this.#hasChanged = true;
    this.#sifter.rule = RULES[best]!;
  }
}
