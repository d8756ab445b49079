// Mass invalidation without enumeration: an entry is good only if no mark as new as its write covers it. Pure.
//
// A mark is in force from the moment that it is added. It can be forgotten once every entry that it could cover has
// been looked at, and no right to fill from before it is held: what comes with such a right is checked against it too.

import { MARKS_MAX, MARKS_OWNER_MAX } from "../../base/limits.ts";
import type { MassTarget } from "../../coherence/target.ts";
import { PrefixIndex } from "./prefix-index.ts";

/** One prefix or tag that was invalidated, and how many entries it was seen to remove. */
export interface Mark {
  /** Entries written by this sequence number or before are covered. */
  readonly n: number;
  readonly kind: "prefix" | "tag";
  readonly text: string;
  /** Whom it is counted for. */
  readonly owner: string;
  removed: number;
  /** Every entry that it could cover has been looked at. */
  isSwept: boolean;
}

export interface MarkBounds {
  readonly ofOwner: number;
  readonly inAll: number;
}

const BOUNDS: MarkBounds = { ofOwner: MARKS_OWNER_MAX, inAll: MARKS_MAX };

export class Marks {
  readonly #bounds: MarkBounds;
  /** The sequence's number when the oldest right to fill that is held was given; Infinity: none is. */
  readonly #oldestLeaseN: () => number;
  readonly #tags = new Map<string, Mark>();
  readonly #prefixes = new PrefixIndex<Mark>();
  /** Those whose entries have all been looked at, and that a right to fill is held against. */
  readonly #swept = new Set<Mark>();
  readonly #countByOwner = new Map<string, number>();
  #unswept = 0;

  constructor(oldestLeaseN: () => number, bounds = BOUNDS) {
    this.#oldestLeaseN = oldestLeaseN;
    this.#bounds = bounds;
  }

  /** Marks that have entries yet to be looked at. */
  get unswept(): number {
    return this.#unswept;
  }

  /** Puts `target` under marks with number `n`; nothing: they would be too many. */
  add(target: MassTarget, n: number, owner: string): readonly Mark[] | undefined {
    if (!this.hasRoomFor(target, owner)) return undefined;
    const { kind, texts } = textsOf(target);
    return texts.map((text) => {
      const before = this.#get(kind, text);
      const mark: Mark = {
        n: Math.max(n, before?.n ?? 0),
        kind,
        text,
        owner,
        removed: 0,
        isSwept: false,
      };
      this.#remove(before);
      if (kind === "tag") this.#tags.set(text, mark);
      else this.#prefixes.set(text, mark);
      this.#countByOwner.set(owner, this.#countOf(owner) + 1);
      this.#unswept += 1;
      return mark;
    });
  }

  /** Whether `add` would put `target` under marks; forgets what can be, if it needs to. */
  hasRoomFor(target: MassTarget, owner: string): boolean {
    const { kind, texts } = textsOf(target);
    if (this.#fits(kind, texts, owner)) return true;
    this.#prune();
    return this.#fits(kind, texts, owner);
  }

  /** A mark that covers an entry with number `n`; `tagsOf` is asked only where a tag mark might. */
  covering(key: string, n: number, tagsOf: () => readonly string[]): Mark | undefined {
    const found = this.#prefixes.find(key, (mark) => mark.n >= n);
    if (found !== undefined || this.#tags.size === 0) return found;
    for (const tag of tagsOf()) {
      const mark = this.#tags.get(tag);
      if (mark !== undefined && mark.n >= n) return mark;
    }
    return undefined;
  }

  /** The marks with number `n` or a lower one. */
  upTo(n: number): readonly Mark[] {
    return this.#all().filter((mark) => mark.n <= n);
  }

  /** Every entry that `marks` could cover has been looked at; those of them that were replaced since are left out. */
  swept(marks: readonly Mark[]): void {
    for (const mark of marks) {
      if (mark.isSwept || this.#get(mark.kind, mark.text) !== mark) continue;
      mark.isSwept = true;
      this.#unswept -= 1;
      this.#swept.add(mark);
    }
    this.#prune();
  }

  clear(): void {
    for (const mark of this.#all()) this.#remove(mark);
  }

  /** `oldestLeaseN` as the constructor has it, for the rights to fill beside the copy. */
  copy(oldestLeaseN: () => number): Marks {
    const copy = new Marks(oldestLeaseN, this.#bounds);
    for (const { kind, text, n, owner } of this.#all()) {
      copy.add(kind === "tag" ? { kind: "tags", tags: [text] } : { kind, prefix: text }, n, owner);
    }
    return copy;
  }

  #fits(kind: Mark["kind"], texts: readonly string[], owner: string): boolean {
    const size = this.#tags.size + this.#prefixes.size;
    if (
      size + texts.length <= this.#bounds.inAll &&
      this.#countOf(owner) + texts.length <= this.#bounds.ofOwner
    )
      return true;
    const present = texts.map((text) => this.#get(kind, text)).filter((mark) => mark !== undefined);
    const own = present.filter((mark) => mark.owner === owner);
    return (
      size + texts.length - present.length <= this.#bounds.inAll &&
      this.#countOf(owner) + texts.length - own.length <= this.#bounds.ofOwner
    );
  }

  #countOf(owner: string): number {
    return this.#countByOwner.get(owner) ?? 0;
  }

  #get(kind: Mark["kind"], text: string): Mark | undefined {
    return kind === "tag" ? this.#tags.get(text) : this.#prefixes.get(text);
  }

  #all(): Mark[] {
    return [...this.#tags.values(), ...this.#prefixes.values()];
  }

  /** Forgets what can be. */
  #prune(): void {
    const leaseN = this.#oldestLeaseN();
    for (const mark of this.#swept) if (mark.n <= leaseN) this.#remove(mark);
  }

  #remove(mark: Mark | undefined): void {
    if (mark === undefined) return;
    if (mark.kind === "tag") this.#tags.delete(mark.text);
    else this.#prefixes.delete(mark.text);
    this.#swept.delete(mark);
    if (!mark.isSwept) this.#unswept -= 1;
    const count = this.#countOf(mark.owner) - 1;
    if (count > 0) this.#countByOwner.set(mark.owner, count);
    else this.#countByOwner.delete(mark.owner);
  }
}

/** What the marks of `target` name. Everything begins with the empty prefix. */
function textsOf(target: MassTarget): { readonly kind: Mark["kind"]; readonly texts: readonly string[] } {
  if (target.kind === "tags") return { kind: "tag", texts: [...new Set(target.tags)] };
  return { kind: "prefix", texts: [target.kind === "all" ? "" : target.prefix] };
}
