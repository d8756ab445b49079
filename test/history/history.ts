// What clients saw of real servers, and what must hold of it whatever failed meanwhile.
//
// Writes of a key are ordered by the sequence numbers that they were acknowledged with. A loss is a span after which
// Redis may know less than it did before: a write that began before its end may be gone. It is known only when it is
// over, while reads may show it earlier: so everything is judged at the end.

import type { SimOrigin } from "../simulation/sim-origin.ts";

export interface Seen {
  readonly birth: string;
  readonly n: number;
}

interface Write {
  readonly key: string;
  readonly value: string;
  readonly invokedMs: number;
  readonly ackedMs: number;
  readonly seen: Seen;
}

interface Read {
  readonly client: number;
  /** The client keeps to one server. One that roams is promised no more than the versions that it sends back. */
  readonly isPinned: boolean;
  readonly key: string;
  /** None: 404. */
  readonly value: string | undefined;
  readonly seen: Seen | undefined;
  readonly invokedMs: number;
  readonly returnedMs: number;
  /** The newest version that the answer had to be as new as. */
  readonly min: { readonly seen: Seen; readonly atMs: number } | undefined;
  /** By L1, past the proof of coherence, and marked so. */
  readonly isStale: boolean;
}

/** What a client that keeps copies took for true, or a reader was given of what fills have brought. */
interface Copy {
  readonly client: number;
  readonly key: string;
  readonly value: string;
  /** Whatever the client was told until then it had obeyed. */
  readonly invokedMs: number;
  readonly returnedMs: number;
}

/** A client has set its own field of a hash, which nobody ever removes, to a higher count. */
interface Counted {
  readonly field: string;
  readonly count: number;
  readonly invokedMs: number;
  readonly ackedMs: number;
}

/** The counts of all fields, as a reader was told. */
interface Tallied {
  readonly client: number;
  readonly counts: ReadonlyMap<string, number>;
  readonly invokedMs: number;
  readonly returnedMs: number;
}

export class History {
  readonly #boundMs: number;
  readonly #origin: SimOrigin;
  readonly #writes: Write[] = [];
  readonly #reads: Read[] = [];
  readonly #copies: Copy[] = [];
  readonly #fills: Copy[] = [];
  readonly #counted: Counted[] = [];
  readonly #tallied: Tallied[] = [];
  readonly #losses: { fromMs: number; toMs: number }[] = [];
  readonly #violations: string[] = [];

  /** `origin`: what fills come from. */
  constructor(boundMs: number, origin: SimOrigin) {
    this.#boundMs = boundMs;
    this.#origin = origin;
  }

  get counts(): { reads: number; writes: number } {
    return { reads: this.#reads.length, writes: this.#writes.length };
  }

  write(write: Write): void {
    this.#writes.push(write);
  }

  read(read: Read): void {
    this.#reads.push(read);
  }

  copy(copy: Copy): void {
    this.#copies.push(copy);
  }

  /** A reader was given what a fill had brought. */
  filled(fill: Copy): void {
    this.#fills.push(fill);
  }

  count(counted: Counted): void {
    this.#counted.push(counted);
  }

  tallied(tallied: Tallied): void {
    this.#tallied.push(tallied);
  }

  /** Redis may have lost what was written before `toMs`. */
  loss(fromMs: number, toMs: number): void {
    this.#losses.push({ fromMs, toMs });
  }

  violate(sentence: string): void {
    this.#violations.push(sentence);
  }

  /** Every violation, as sentences. `kept` tells the keys that are never removed. */
  check(kept: (key: string) => boolean): readonly string[] {
    const writes = Map.groupBy(this.#writes, ({ key }) => key);
    const byValue = new Map(this.#writes.map((write) => [write.value, write]));
    for (const read of this.#reads) {
      if (read.isStale) continue;
      this.#checkVersion(read, byValue);
      this.#checkBound(read, writes.get(read.key) ?? [], kept(read.key));
      this.#checkMin(read, kept(read.key));
    }
    for (const copy of this.#copies) {
      const seen = byValue.get(copy.value)?.seen;
      const rest = { seen, isPinned: true, min: undefined, isStale: false };
      if (seen !== undefined) this.#checkBound({ ...copy, ...rest }, writes.get(copy.key) ?? [], false);
    }
    for (const fill of this.#fills) this.#checkFill(fill);
    for (const tallied of this.#tallied) this.#checkTally(tallied);
    for (const reads of Map.groupBy(
      this.#reads.filter(({ isPinned }) => isPinned),
      ({ client, key }) => `${client} ${key}`,
    ).values()) {
      this.#checkMonotonic(reads);
    }
    return this.#violations;
  }

  #mayBeLost(write: { readonly invokedMs: number }, read: { readonly returnedMs: number }): boolean {
    return this.#losses.some(({ fromMs, toMs }) => write.invokedMs <= toMs && read.returnedMs >= fromMs);
  }

  /** A value has the version that its write was acknowledged with, unless Redis has a later clock by now. */
  #checkVersion(read: Read, byValue: ReadonlyMap<string, Write>): void {
    if (read.value === undefined || read.seen === undefined) return;
    const write = byValue.get(read.value);
    if (write === undefined || write.seen.birth !== read.seen.birth) return;
    if (write.seen.n !== read.seen.n) this.#say(read, `has number ${read.seen.n}, not ${write.seen.n}`);
  }

  #checkBound(read: Read, writes: readonly Write[], isKept: boolean): void {
    for (const write of writes) {
      if (write.ackedMs + this.#boundMs >= read.invokedMs || this.#mayBeLost(write, read)) continue;
      if (read.seen === undefined) {
        if (isKept) this.#say(read, `is a false 404: ${write.value} was acknowledged`);
        continue;
      }
      if (read.seen.birth === write.seen.birth && read.seen.n < write.seen.n) {
        const ageMs = (read.invokedMs - write.ackedMs).toFixed(1);
        this.#say(read, `is older than ${write.value}, acknowledged ${ageMs} ms before`);
      }
    }
  }

  /** No fill that was refused is ever given out, and none past the bound after its invalidation. */
  #checkFill(fill: Copy): void {
    const { key, value, invokedMs } = fill;
    const isLost = (invalidation: { readonly invokedMs: number }) => this.#mayBeLost(invalidation, fill);
    const fault = this.#origin.fault(key, value, invokedMs - this.#boundMs, isLost);
    if (fault !== undefined) this.#say(fill, fault);
  }

  /** Nobody's change of a hash undoes another one's. */
  #checkTally(tallied: Tallied): void {
    const { client, counts, invokedMs } = tallied;
    for (const counted of this.#counted) {
      const { field, count, ackedMs } = counted;
      const seen = counts.get(field) ?? 0;
      if (seen >= count || ackedMs + this.#boundMs >= invokedMs || this.#mayBeLost(counted, tallied))
        continue;
      this.violate(
        `client ${client}: ${field} is ${seen} at ${invokedMs.toFixed(1)}, and was ${count} before`,
      );
      return;
    }
  }

  /** One's own writes: on one instance always, anywhere with x-min-version. */
  #checkMin(read: Read, isKept: boolean): void {
    if (read.min === undefined || this.#mayBeLost({ invokedMs: read.min.atMs }, read)) return;
    if (read.seen === undefined) {
      if (isKept) this.#say(read, "is a false 404 to one who has seen it");
    } else if (read.seen.birth === read.min.seen.birth && read.seen.n < read.min.seen.n) {
      this.#say(read, `is older than ${read.min.seen.n}, which its reader had seen`);
    }
  }

  #checkMonotonic(reads: readonly Read[]): void {
    let last: Read | undefined;
    for (const read of reads) {
      if (read.seen === undefined || read.isStale) continue;
      if (
        last?.seen !== undefined &&
        last.seen.birth === read.seen.birth &&
        read.seen.n < last.seen.n &&
        !this.#mayBeLost({ invokedMs: last.invokedMs - this.#boundMs }, read)
      ) {
        this.#say(read, `goes back behind ${last.seen.n}`);
      }
      last = read;
    }
  }

  #say(read: Copy | Read, sentence: string): void {
    const value = read.value ?? "404";
    this.violate(`client ${read.client}: ${read.key} = ${value} at ${read.invokedMs.toFixed(1)} ${sentence}`);
  }
}

/** The version in an x-cache-version, with the epoch cut to its birth: numbers of one birth can be compared. */
export function seenOf(version: string | null): Seen | undefined {
  const match = /^(.{23}).*\.(\d+)$/.exec(version ?? "");
  return match === null ? undefined : { birth: match[1]!, n: Number(match[2]) };
}
