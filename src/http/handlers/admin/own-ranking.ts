// The keys of one process's L1 that are read most, and those that are largest. Cold.

import type { Clock } from "../../../base/clock.ts";
import { TICK_STEPS } from "../../../base/limits.ts";
import type { Engine } from "../../../cache/engine.ts";
import type { EntryMeta, Ranking, RankingQuery } from "../../../dashboard/ranking.ts";
import type { Ready } from "../../fast/ready.ts";
import { entryMetaOf } from "./entry-meta.ts";

/** Hot keys looked at for those with a prefix. */
const HOT_EXAMINED_MAX = 1_000;
/** Steps of TICK_STEPS entries that are examined for the largest; past it the answer says that it is not of all. */
const BIG_STEPS_MAX = 1_000;

export async function ownRanking(engine: Engine<Ready>, clock: Clock, query: RankingQuery): Promise<Ranking> {
  return query.kind === "hot" ? hottest(engine, clock, query) : await largest(engine, clock, query);
}

function hottest(engine: Engine<Ready>, clock: Clock, { prefix, count }: RankingQuery): Ranking {
  const nowMs = clock.nowMs();
  const keys = engine.hottest(prefix === "" ? count : HOT_EXAMINED_MAX, nowMs);
  const wanted = keys.filter((key) => key.startsWith(prefix)).slice(0, count);
  return { entries: metaOf(engine, clock, wanted), complete: true };
}

async function largest(
  engine: Engine<Ready>,
  clock: Clock,
  { prefix, count }: RankingQuery,
): Promise<Ranking> {
  const found = new Largest(count);
  const complete = await examine(engine, clock, (key, bytes) => {
    if (key.startsWith(prefix)) found.offer(key, bytes);
  });
  return { entries: metaOf(engine, clock, found.keys()), complete };
}

/** Of those that are still there. */
function metaOf(engine: Engine<Ready>, clock: Clock, keys: readonly string[]): EntryMeta[] {
  const nowMs = clock.nowMs();
  return keys.flatMap((key) => {
    const entry = engine.peek(key, nowMs);
    return entry === undefined ? [] : [entryMetaOf(key, entry.record, clock.wallMs())];
  });
}

/** Visits entries of L1, giving the event loop back between steps; whether those were all of them. */
async function examine(
  engine: Engine<Ready>,
  clock: Clock,
  visit: (key: string, bytes: number) => void,
): Promise<boolean> {
  let cursor = 0;
  for (let steps = 0; steps < BIG_STEPS_MAX; steps++) {
    cursor = engine.scan(cursor, TICK_STEPS, clock.nowMs(), ({ key, record }) => visit(key, record.length));
    if (cursor === 0) return true;
    await new Promise((resolve) => setImmediate(resolve));
  }
  return false;
}

/** The largest of what is offered, few enough to be kept in order by insertion. */
class Largest {
  readonly #count: number;
  readonly #items: { readonly key: string; readonly bytes: number }[] = [];

  constructor(count: number) {
    this.#count = count;
  }

  offer(key: string, bytes: number): void {
    const items = this.#items;
    if (items.length >= this.#count && bytes <= items.at(-1)!.bytes) return;
    if (items.some((item) => item.key === key)) return;
    const at = items.findIndex((item) => item.bytes < bytes);
    items.splice(at < 0 ? items.length : at, 0, { key, bytes });
    if (items.length > this.#count) items.pop();
  }

  keys(): string[] {
    return this.#items.map(({ key }) => key);
  }
}
