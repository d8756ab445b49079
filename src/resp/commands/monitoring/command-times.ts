// How long one command took, call by call: the sum, and a histogram by powers of two. Warm.

/** Powers of two of a microsecond that are told apart; the last holds all beyond. */
const BUCKETS = 32;

/** The same as plain data. */
export interface TimesData {
  readonly count: number;
  readonly sumNs: number;
  readonly buckets: Uint32Array;
}

export class CommandTimes implements TimesData {
  /** Calls that were measured. */
  count = 0;
  sumNs = 0;
  readonly buckets = new Uint32Array(BUCKETS);

  record(ns: number): void {
    this.count += 1;
    this.sumNs += ns;
    const us = Math.min(2 ** 31, Math.ceil(ns / 1_000));
    this.buckets[us <= 1 ? 0 : 32 - Math.clz32(us - 1)]! += 1;
  }

  /** Counts those of `other` too. */
  add(other: TimesData): void {
    this.count += other.count;
    this.sumNs += other.sumNs;
    for (const [power, count] of other.buckets.entries()) this.buckets[power]! += count;
  }
}

/** Up to how many microseconds so many calls took, for every bucket that added any. */
export function* cumulated({ buckets }: TimesData): Iterable<[us: number, calls: number]> {
  let calls = 0;
  for (const [power, count] of buckets.entries()) {
    if (count === 0) continue;
    calls += count;
    yield [2 ** power, calls];
  }
}

/** The microseconds that a share `q` of the calls took at most, by the border of their bucket. */
export function quantileUs(times: TimesData, q: number): number {
  let last = 0;
  for (const [us, calls] of cumulated(times)) {
    last = us;
    if (calls >= times.count * q) break;
  }
  return last;
}
