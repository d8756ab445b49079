// The list of the last events, newest first, each in words that an operator knows.

import type { InstanceEvent } from "../../../observe/events.ts";
import { element, within } from "../element.ts";
import { dateAndTime } from "../format.ts";

const SHOWN_MAX = 50;

/** By the log's names; others are shown as the log has them. */
const WORDS: Readonly<Record<string, string>> = {
  bug: "A fault of the server",
  coherence_down: "Lost touch with the other instances",
  coherence_proven: "L1 is proven current",
  epoch_changed: "Redis has begun another history: it was restarted, replaced or flushed",
  fleet_recovered: "The fleet's registry answers again",
  fleet_trouble: "The fleet's registry does not answer",
  frozen: "Scaling is frozen: too many instances are silent",
  keys_not_reloaded: "API keys could not be read again",
  keys_reloaded: "API keys were read again",
  l1_emptied: "L1 was emptied: an invalidation may have been missed",
  leading: "Became the leader",
  leads_no_more: "Leads no more",
  reaped: "A dead instance was removed from the registry",
  redis_down: "Redis does not answer",
  redis_elsewhere: "Redis answers, but not as the primary that was followed",
  redis_up: "Connected to Redis",
  scaling: "Asked for another number of instances",
  warmed_up: "Filled L1 with what the fleet reads most",
  worker_crashed: "A worker died and is replaced",
};

/** Those that are marked on the charts, in seconds since 1970. */
export function marksOf(events: readonly InstanceEvent[]): number[] {
  return events.filter(({ level }) => level !== "info").map(({ atMs }) => atMs / 1_000);
}

export function renderEvents(list: HTMLElement, events: readonly InstanceEvent[]): void {
  list.replaceChildren(
    ...events.slice(0, SHOWN_MAX).map(({ atMs, level, event, fields, count }) => {
      const when = new Date(atMs);
      const item = element("li", "", { "data-level": level });
      const times = count > 1 ? ` (${count} times)` : "";
      within(
        item,
        element("strong", `${WORDS[event] ?? event}${times}`),
        element("time", dateAndTime(when), { datetime: when.toISOString() }),
      );
      const details = Object.entries(fields).map(([name, value]) => `${name} ${value}`);
      if (details.length > 0) item.append(element("p", details.join(" · ")));
      return item;
    }),
  );
}
