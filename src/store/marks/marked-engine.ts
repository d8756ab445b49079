// An engine whose entries are held against marks and losses: in force at once, and seen to in the background.
//
// A mark covers by sequence numbers. A loss covers by the engine's generations: whatever of its partition was stored
// before it is not served again, whatever its number, and what is stored after it is good. Neither costs by how much
// is resident, nor by the budget.

import type { Clock } from "../../base/clock.ts";
import { loopWork } from "../../base/loop/loop-work.ts";
import type { Timers } from "../../base/timers.ts";
import type { Engine, Entry, Validation } from "../../cache/engine.ts";
import { partitionOf } from "../../coherence/partition-of.ts";
import type { MassTarget } from "../../coherence/target.ts";
import { tagsIn } from "../../record/in-place.ts";
import { tagTraits, traitsIn } from "../../record/tag-traits.ts";
import { Marks, type Mark, type MarkBounds } from "./marks.ts";

/** Entries that one slice of a sweep looks at: what comes in meanwhile waits a fraction of a millisecond. */
const SWEEP_STEPS = 200;
const SLICES_A_REST = 4;
const REST_MS = 1;
const SWEEP = loopWork.kind("sweep of marks");

export interface MarkedEngineOptions<M> {
  /** Makes the engine around the check of marks and losses. */
  readonly createEngine: (validation: Validation<M>) => Engine<M>;
  readonly partitions: number;
  readonly clock: Clock;
  readonly timers: Timers;
  /** As Marks takes it. */
  readonly oldestLeaseN?: () => number;
  readonly bounds?: MarkBounds;
  /** Where the other processes that write the engine learn of marks and losses, where there are any. */
  readonly log?: MarkLogPort;
}

/** A mark or a loss that another process has brought into force. */
export interface LoggedMark {
  readonly number: number;
  readonly target: MassTarget;
  readonly n: number;
  readonly owner: string;
  /** The generation that it began. */
  readonly generation: number;
}

/** As MarkLog has it. */
export interface MarkLogPort {
  /** There are records that this process has not taken in. */
  readonly isBehind: boolean;
  lock(): boolean;
  unlock(): void;
  append(
    record: Omit<LoggedMark, "number">,
    isOver: (record: Pick<LoggedMark, "generation" | "n">) => boolean,
  ): number | undefined;
  take(visit: (record: LoggedMark) => void): void;
  count(number: number): void;
  removed(number: number): number;
}

/** What records of the log may be older than, all of it. */
interface LogBounds {
  /** Every entry has been held against what began in this generation or before. */
  readonly checkedGeneration: number;
  /** The sequence's number when the oldest right to fill that is held was given. */
  readonly leaseN: number;
}

/** A generation that entries of older ones have yet to be asked about for. */
interface Pending {
  readonly generation: number;
  /** As Validation has them. */
  readonly suspects: readonly number[];
  /** What waits until they were. */
  readonly waiting: (() => void)[];
}

const EVERY: readonly number[] = [0];
/** With more it takes longer to compare an entry with all of them than to ask about it. */
const SUSPECTS_MAX = 64;

const NO_LEASE = (): number => Number.POSITIVE_INFINITY;

export class MarkedEngine<M> {
  readonly engine: Engine<M>;
  readonly #marks: readonly Marks[];
  /** By partition: entries of generations before this one are lost. */
  readonly #goodFrom: number[];
  readonly #clock: Clock;
  readonly #timers: Timers;
  readonly #oldestLeaseN: () => number;
  readonly #log: MarkLogPort | undefined;
  /** The numbers of logged marks. */
  readonly #numbers = new WeakMap<Mark, number>();
  /** In order. */
  readonly #pending: Pending[] = [];
  #isSweeping = false;
  #slices = 0;

  constructor(options: MarkedEngineOptions<M>) {
    const { partitions, createEngine, oldestLeaseN = NO_LEASE, bounds } = options;
    this.#clock = options.clock;
    this.#timers = options.timers;
    this.#oldestLeaseN = oldestLeaseN;
    this.#log = options.log;
    this.#marks = Array.from({ length: partitions }, () => new Marks(oldestLeaseN, bounds));
    this.#goodFrom = Array.from({ length: partitions }, () => 0);
    this.engine = createEngine({
      isValid: (entry, generation) => this.#isValid(entry, generation),
      traitsOf: traitsIn,
      suspectsSince: (generation) => this.#suspectsSince(generation),
    });
  }

  /** Puts `target` in a partition under marks with number `n`; nothing: there would be too many. */
  cover(partition: number, target: MassTarget, n: number, owner: string): readonly Mark[] | undefined {
    const log = this.#log;
    if (log === undefined) return this.#cover(partition, target, n, owner);
    const hasRoom = () => this.#marks[partition]!.hasRoomFor(target, owner);
    return this.#logged({ target, n, owner }, hasRoom, () => this.#cover(partition, target, n, owner));
  }

  /** Loses everything that a partition has now; `false`: that could not be told to others, and nothing was done. */
  empty(partition: number, n: number): boolean {
    const lose = () => {
      this.#marks[partition]!.clear();
      this.#goodFrom[partition] = this.#check(EVERY, () => {});
      return [];
    };
    if (this.#log === undefined) return lose().length === 0;
    const record = { target: { kind: "all" }, n, owner: "" } as const;
    return this.#logged(record, () => true, lose) !== undefined;
  }

  /** How many entries `marks` have removed, all of one call of `cover`. */
  removedBy(marks: readonly Mark[]): number {
    const number = marks[0] && this.#numbers.get(marks[0]);
    if (number !== undefined) return this.#log!.removed(number);
    return marks.reduce((sum, mark) => sum + mark.removed, 0);
  }

  /** Takes in what other processes have brought into force. */
  catchUp(): void {
    const log = this.#log;
    if (log === undefined || !log.isBehind) return;
    // So there is room here for whatever the process that brought it into force had room for.
    this.#endSwept();
    const bounds = this.#bounds();
    log.take((record) => {
      if (!isOver(record, bounds)) this.#takeIn(record);
    });
  }

  /** Whether marks cover what was written, or asked for, at number `n`. */
  isCovered(partition: number, key: string, n: number, tagsOf: () => readonly string[]): boolean {
    this.catchUp();
    return this.#marks[partition]!.covering(key, n, tagsOf) !== undefined;
  }

  /** Resolves when what was covered or lost until now is gone from memory, or after `ms`. */
  swept(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#timers.after(ms, resolve);
      const done = () => {
        cancel();
        resolve();
      };
      const newest = this.#pending.at(-1);
      if (newest === undefined) done();
      else newest.waiting.push(done);
    });
  }

  #cover(partition: number, target: MassTarget, n: number, owner: string): readonly Mark[] | undefined {
    const marks = this.#marks[partition]!;
    const added = marks.add(target, n, owner);
    if (added === undefined) return undefined;
    this.#check(suspectsOf(target), () => marks.swept(added));
    return added;
  }

  /**
   * Runs `apply`, which begins a generation, once the record of what it does is there for the other processes. What is
   * in the log comes into force everywhere, so that whether it `mayBegin` is asked before.
   */
  #logged(
    record: Pick<LoggedMark, "target" | "n" | "owner">,
    mayBegin: () => boolean,
    apply: () => readonly Mark[] | undefined,
  ): readonly Mark[] | undefined {
    const log = this.#log!;
    if (!log.lock()) return undefined;
    try {
      this.catchUp();
      if (!mayBegin()) return undefined;
      const generation = this.engine.newestGeneration + 1;
      const bounds = this.#bounds();
      const number = log.append({ ...record, generation }, (old) => isOver(old, bounds));
      const added = number === undefined ? undefined : apply();
      for (const mark of added ?? []) this.#numbers.set(mark, number!);
      return added;
    } finally {
      log.unlock();
    }
  }

  #bounds(): LogBounds {
    return { checkedGeneration: this.engine.checkedGeneration, leaseN: this.#oldestLeaseN() };
  }

  #takeIn({ number, target, n, owner, generation }: LoggedMark): void {
    const marks = this.#marks[0]!;
    const added = target.kind === "all" ? undefined : marks.add(target, n, owner);
    for (const mark of added ?? []) this.#numbers.set(mark, number);
    if (added === undefined) {
      if (target.kind === "all") marks.clear();
      // A mark that finds no place here is a loss of everything: the other process had room for it.
      this.#goodFrom[0] = generation;
    }
    const suspects = added === undefined ? EVERY : suspectsOf(target);
    this.#await({ generation, suspects, waiting: added === undefined ? [] : [() => marks.swept(added)] });
  }

  #isValid(entry: Entry<M>, generation: number): boolean {
    // What the store keeps of a key for itself goes with the key.
    const key = entry.key.charCodeAt(0) === 0 ? entry.key.slice(1) : entry.key;
    const partition = partitionOf(key, this.#marks.length);
    if (generation < this.#goodFrom[partition]!) return false;
    const mark = this.#marks[partition]!.covering(key, entry.version, () => tagsIn(entry.record));
    if (mark === undefined) return true;
    mark.removed += 1;
    const number = this.#numbers.get(mark);
    if (number !== undefined && key === entry.key) this.#log!.count(number);
    return false;
  }

  /** As Validation has it: of a generation of which nothing is known here, every entry is suspect. */
  #suspectsSince(generation: number): readonly number[] {
    const { newestGeneration } = this.engine;
    const isLater = (one: Pending) => generation < one.generation && one.generation <= newestGeneration;
    const later = this.#pending.filter(isLater);
    if (new Set(later.map((one) => one.generation)).size < newestGeneration - generation) return EVERY;
    const suspects = later.flatMap((one) => one.suspects);
    return suspects.length > SUSPECTS_MAX ? EVERY : suspects;
  }

  /** From now on every entry present is checked before it is served; `done` once all `suspects` were. */
  #check(suspects: readonly number[], done: () => void): number {
    const generation = this.engine.revalidate();
    this.#await({ generation, suspects, waiting: [done] });
    return generation;
  }

  #await(pending: Pending): void {
    this.#pending.push(pending);
    if (!this.#isSweeping) {
      this.#isSweeping = true;
      this.#timers.after(0, () => this.#sweep());
    }
  }

  /** Looks at some entries, and comes back until nothing is left to look at: a few times in a row, each in another turn
   *  of the event loop, and then after a rest. */
  #sweep(): void {
    loopWork.begin(SWEEP, Bun.nanoseconds());
    this.engine.tick(this.#clock.nowMs(), SWEEP_STEPS);
    this.#endSwept();
    this.#isSweeping = this.#pending.length > 0;
    this.#slices += 1;
    const restMs = this.#slices % SLICES_A_REST === 0 ? REST_MS : 0;
    if (this.#isSweeping) this.#timers.after(restMs, () => this.#sweep());
  }

  #endSwept(): void {
    const checked = this.engine.checkedGeneration;
    while (this.#pending.length > 0 && this.#pending[0]!.generation <= checked) {
      for (const done of this.#pending.shift()!.waiting) done();
    }
  }
}

/** Nothing that the record could cover is left, and no right to fill from before it. */
function isOver(
  { generation, n }: Pick<LoggedMark, "generation" | "n">,
  { checkedGeneration, leaseN }: LogBounds,
): boolean {
  return generation <= checkedGeneration && n <= leaseN;
}

/** Which entries a mark of `target` could cover, as Validation has them. */
function suspectsOf(target: MassTarget): readonly number[] {
  if (target.kind !== "tags" || target.tags.length > SUSPECTS_MAX) return EVERY;
  return target.tags.map(tagTraits);
}
