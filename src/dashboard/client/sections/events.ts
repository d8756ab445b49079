// The list of the last events, newest first, each in words that an operator knows.

import type { Mark } from "../cards/mark.ts";
import type { InstanceEvent } from "../../../observe/events.ts";
import { element, within } from "../element.ts";
import { dateAndTime } from "../format.ts";

const SHOWN_MAX = 50;

/** By the log's names; others are shown as the log has them. */
const WORDS: Readonly<Record<string, string>> = {
  bug: "A fault of the server",
  certificate_not_reloaded: "The certificate could not be read again",
  certificate_reloaded: "Another certificate is presented",
  coherence_down: "Lost touch with the other instances",
  coherence_proven: "L1 is proven current",
  draining: "Told to stop: it finishes what runs",
  epoch_changed: "Redis has begun another history: it was restarted, replaced or flushed",
  event_loop_blocked: "Something held up every answer",
  fleet_recovered: "The fleet's registry answers again",
  fleet_trouble: "The fleet's registry does not answer",
  frozen: "Scaling is frozen: too many instances are silent",
  gc_settings_unavailable: "The settings of the garbage collector were not taken",
  huge_pages_unavailable: "The system gave no huge pages",
  keys_not_reloaded: "API keys could not be read again",
  keys_reloaded: "API keys were read again",
  l1_budget_above_bound: "The budget is more than one process can use",
  l1_emptied: "L1 was emptied: an invalidation may have been missed",
  leading: "Became the leader",
  leads_no_more: "Leads no more",
  not_joined: "Could not become ready, or join its fleet",
  not_warmed_up: "L1 begins empty: the fleet's keys could not be read",
  odd_invalidations: "Invalidations that were malformed or foreign",
  one_worker_alone: "One worker serves alone: no memory can be shared here",
  pinned: "A worker is bound to a core",
  reaped: "A dead instance was removed from the registry",
  redis_down: "Redis does not answer",
  redis_elsewhere: "Redis answers, but not as the primary that was followed",
  redis_up: "Connected to Redis",
  scaler_failed: "The number of instances could not be changed",
  scaling: "Asked for another number of instances",
  shards_emptied: "A worker died while it wrote: a part of L1 was emptied",
  snapshot_absent: "There is no snapshot yet",
  snapshot_cut: "Not all of the snapshot was read",
  snapshot_failed: "The snapshot could not be written",
  snapshot_read: "L1 was filled from the snapshot",
  snapshot_refused: "The snapshot is broken, and was put aside",
  snapshot_written: "The snapshot is written",
  started: "Started",
  stopped: "Stopped",
  thawed: "Scaling goes on",
  warmed_up: "Filled L1 with what the fleet reads most",
  worker_crashed: "A worker died and is replaced",
  worker_silent: "A worker gave no sign of life, and is replaced",
};

/** Of those that tell of no trouble the ones that change how an instance behaves. */
const MARKED: ReadonlySet<string> = new Set([
  "certificate_reloaded",
  "coherence_proven",
  "draining",
  "fleet_recovered",
  "keys_reloaded",
  "leading",
  "leads_no_more",
  "redis_up",
  "scaling",
  "started",
  "thawed",
]);

const wordsOf = ({ event }: InstanceEvent) => WORDS[event] ?? event;

/** Those that are marked on the charts. */
export function marksOf(events: readonly InstanceEvent[]): Mark[] {
  return events
    .filter(({ level, event }) => level !== "info" || MARKED.has(event))
    .map((event) => ({ at: event.atMs / 1_000, words: wordsOf(event), isTrouble: event.level !== "info" }));
}

export function renderEvents(list: HTMLElement, events: readonly InstanceEvent[]): void {
  list.replaceChildren(
    ...events.slice(0, SHOWN_MAX).map((told) => {
      const { atMs, level, fields, count } = told;
      const when = new Date(atMs);
      const item = element("li", "", { "data-level": level });
      const times = count > 1 ? ` (${count} times)` : "";
      within(
        item,
        element("strong", `${wordsOf(told)}${times}`),
        element("time", dateAndTime(when), { datetime: when.toISOString() }),
      );
      const details = Object.entries(fields).map(([name, value]) => `${name} ${value}`);
      if (details.length > 0) item.append(element("p", details.join(" · ")));
      return item;
    }),
  );
}
