// GET /admin/hot and /admin/big: the keys of this instance's L1 that are read most, and those that are largest.

import type { Clock } from "../../../base/clock.ts";
import { TICK_STEPS } from "../../../base/limits.ts";
import type { Engine } from "../../../cache/engine.ts";
import type { Handler } from "../../context.ts";
import type { Ready } from "../../fast/ready.ts";
import { jsonReply } from "../../reply/json-reply.ts";
import { entryMetaOf, type EntryMeta } from "./entry-meta.ts";
import { countOf, parametersOf, prefixOf } from "./query.ts";

const COUNT_MAX = 100;
/** Hot keys looked at for those with a prefix. */
const HOT_EXAMINED_MAX = 1_000;
/** Steps of TICK_STEPS entries that are examined for the largest; past it the answer says that it is not of all. */
const BIG_STEPS_MAX = 1_000;

/** `{"entries":[…]}`, hottest first. */
export function hotHandler(engine: Engine<Ready>, clock: Clock): Handler {
  return (context) => {
    const parameters = parametersOf(context, ["prefix", "count"]);
    const prefix = prefixOf(parameters, context.apiKey!);
    const count = countOf(parameters, COUNT_MAX);
    const nowMs = clock.nowMs();
    const entries: EntryMeta[] = [];
    for (const key of engine.hottest(prefix === "" ? count : HOT_EXAMINED_MAX, nowMs)) {
      if (entries.length >= count) break;
      const entry = key.startsWith(prefix) ? engine.peek(key, nowMs) : undefined;
      if (entry !== undefined) entries.push(entryMetaOf(key, entry.record, clock.wallMs()));
    }
    return jsonReply({ entries });
  };
}

/** `{"entries":[…],"complete"}`, largest first. */
export function bigHandler(engine: Engine<Ready>, clock: Clock): Handler {
  return async (context) => {
    const parameters = parametersOf(context, ["prefix", "count"]);
    const prefix = prefixOf(parameters, context.apiKey!);
    const largest = new Largest(countOf(parameters, COUNT_MAX));
    const isComplete = await examine(engine, clock, (key, bytes) => {
      if (key.startsWith(prefix)) largest.offer(key, bytes);
    });
    const nowMs = clock.nowMs();
    const entries: EntryMeta[] = [];
    for (const key of largest.keys()) {
      const entry = engine.peek(key, nowMs);
      if (entry !== undefined) entries.push(entryMetaOf(key, entry.record, clock.wallMs()));
    }
    return jsonReply({ entries, complete: isComplete });
  };
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
