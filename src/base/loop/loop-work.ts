// What the event loop works at: each kind of work says so where it begins, and is told of when the loop is late. Hot.
//
// Work that begins ends the one before it, so nobody need say that it is done. Time is added up only while a tick of
// the loop is overdue: nothing that waits for input is taken for work, and a beginning in time costs three stores.

import { LOOP_WORK_KINDS_MAX } from "../limits.ts";

/** What nobody has told of: the runtime's own work, and that of callbacks without a name. */
const OTHER = 0;

/** Who held the event loop while a tick was overdue. */
export interface LoopHolder {
  readonly by: string;
  /** The part of the time, in ms, that was its. */
  readonly ms: number;
}

export class LoopWork {
  /** By kind; its place is the number that `kind` gives. */
  readonly #names: string[] = ["other"];
  /** Of each kind, the time spent since the tick was due, in ns. */
  readonly #spentNs = new Float64Array(LOOP_WORK_KINDS_MAX);
  #kind = OTHER;
  #sinceNs = 0;
  #dueNs = Number.POSITIVE_INFINITY;

  /** The number of the kind of work called `name`; for the start of a process, from tables: it is a label's value. */
  kind(name: string): number {
    const known = this.#names.indexOf(name);
    if (known >= 0) return known;
    if (this.#names.length >= LOOP_WORK_KINDS_MAX) return OTHER;
    return this.#names.push(name) - 1;
  }

  /** Work of `kind` begins at `nowNs` of the monotonic clock. */
  begin(kind: number, nowNs: number): void {
    if (nowNs > this.#dueNs) this.#add(nowNs);
    this.#kind = kind;
    this.#sinceNs = nowNs;
  }

  /** What has begun turns out to be of `kind`. */
  is(kind: number): void {
    this.#kind = kind;
  }

  /**
   * A tick came at `nowNs`, and the next is due at `dueNs`. The kind of work that took most of the time since this one
   * was due, and how much; nothing where it came in time.
   */
  tick(nowNs: number, dueNs: number): LoopHolder | undefined {
    let holder: LoopHolder | undefined;
    if (nowNs > this.#dueNs) {
      this.#add(nowNs);
      const spent = this.#spentNs;
      let longest = OTHER;
      for (let kind = 0; kind < this.#names.length; kind++) {
        if (spent[kind]! > spent[longest]!) longest = kind;
      }
      holder = { by: this.#names[longest]!, ms: spent[longest]! / 1e6 };
      spent.fill(0);
    }
    this.#kind = OTHER;
    this.#sinceNs = nowNs;
    this.#dueNs = dueNs;
    return holder;
  }

  #add(nowNs: number): void {
    this.#spentNs[this.#kind]! += nowNs - Math.max(this.#sinceNs, this.#dueNs);
  }
}

/** That of this process, which has one event loop. */
export const loopWork = new LoopWork();
