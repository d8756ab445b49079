// Mass invalidation without enumeration: an entry is good only if no mark newer than its write covers it. Pure.

import { WATERMARKS_MAX } from "../base/limits.ts";

/** One mass invalidation in force, and how many entries it was seen to remove. */
export interface Watermark {
  /** Entries written by this sequence number or before are covered. */
  readonly n: number;
  readonly kind: "prefix" | "tag";
  readonly text: string;
  removed: number;
}

/** The marks in force, by age. Beyond WATERMARKS_MAX the caller has to flush instead. */
export class Watermarks {
  #marks: Watermark[] = [];

  get size(): number {
    return this.#marks.length;
  }

  /** Adds one mark for each of `texts`; nothing is added, and `undefined` returned, when they are too many. */
  add(kind: Watermark["kind"], texts: readonly string[], n: number): readonly Watermark[] | undefined {
    if (this.#marks.length + texts.length > WATERMARKS_MAX) return undefined;
    const added = texts.map((text) => ({ n, kind, text, removed: 0 }));
    this.#marks.push(...added);
    return added;
  }

  /** The first mark that covers an entry; `tagsOf` is asked only when a tag mark might. */
  covering(key: string, n: number, tagsOf: () => readonly string[]): Watermark | undefined {
    let tags: readonly string[] | undefined;
    for (const mark of this.#marks) {
      if (n > mark.n) continue;
      if (mark.kind === "prefix") {
        if (key.startsWith(mark.text)) return mark;
        continue;
      }
      tags ??= tagsOf();
      if (tags.includes(mark.text)) return mark;
    }
    return undefined;
  }

  /** Forgets marks up to `n`: every entry that they could cover has been looked at. */
  forget(n: number): void {
    this.#marks = this.#marks.filter((mark) => mark.n > n);
  }

  /** Forgets the marks with just this number. */
  forgetOnly(n: number): void {
    this.#marks = this.#marks.filter((mark) => mark.n !== n);
  }

  copy(): Watermarks {
    const copy = new Watermarks();
    copy.#marks = [...this.#marks];
    return copy;
  }
}
