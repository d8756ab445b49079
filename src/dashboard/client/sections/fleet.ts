// The fleet as a table, and the last scaling decisions as a list, out of /instances.

import { element } from "../element.ts";
import type { Decision, Fleet, FleetInstance } from "../fleet-answer.ts";
import { idleless } from "../idleless.ts";
import { bytes, count, dateAndTime, latency, percent, rate, span, UNKNOWN } from "../format.ts";

const DECISIONS_MAX = 8;
/** Rows are bounded; a larger fleet is counted whole. */
const ROWS_MAX = 200;

type Column = readonly [name: string, cell: (instance: FleetInstance, nowMs: number) => string | HTMLElement];

const COLUMNS: readonly Column[] = [
  ["Address", ({ host, port }) => addressOf(host, port)],
  ["Role", ({ role }) => (role === "leader" ? "Leader" : "Member")],
  ["Up for", ({ startedAt }, nowMs) => span((nowMs - new Date(startedAt).getTime()) / 1_000)],
  ["Heartbeat", ({ ageMs }) => (ageMs < 1_000 ? "now" : `${span(ageMs / 1_000)} ago`)],
  ["Requests/s", ({ load }) => rate(load.rps)],
  ["Hit rate", ({ load }) => percent(idleless(load).hitRate)],
  ["p99", ({ load }) => latency(idleless(load).p99Us)],
  ["L1", ({ load }) => bytes(load.l1Bytes)],
  ["CPU", ({ load }) => percent(load.cpu)],
];

/** A link to that instance's own page. */
function addressOf(host: string, port: number): HTMLElement {
  const authority = `${host.includes(":") ? `[${host}]` : host}:${port}`;
  return element("a", authority, { href: `${location.protocol}//${authority}/dashboard` });
}

/** The table's head, which never changes. Roles are said aloud: on a phone its rows are laid out as blocks. */
export function renderFleetHead(head: HTMLElement): void {
  const names = ["Instance", ...COLUMNS.map(([name]) => name)];
  head.replaceChildren(...names.map((name) => element("th", name, { role: "columnheader", scope: "col" })));
}

/** `answering` is the id of the instance whose figures the page shows. */
export function renderFleet(body: HTMLElement, fleet: Fleet, answering: string, nowMs: number): void {
  const order = (role: string) => (role === "leader" ? 0 : 1);
  const rows = [...fleet.instances]
    .sort((a, b) => order(a.role) - order(b.role) || (a.id < b.id ? -1 : 1))
    .slice(0, ROWS_MAX)
    .map((instance) => {
      const row = element("tr", "", { role: "row", "data-role": instance.role });
      const id = element("th", "", { role: "rowheader", scope: "row" });
      id.append(element("span", instance.id, { class: "name", title: instance.id }));
      if (instance.id === answering && fleet.instances.length > 1) {
        id.append(element("span", "shown", { class: "tag", title: "The figures above are this instance's" }));
      }
      row.append(id);
      for (const [name, cell] of COLUMNS) {
        const holder = element("td", "", { role: "cell", "data-label": name });
        holder.append(cell(instance, nowMs));
        row.append(holder);
      }
      return row;
    });
  body.replaceChildren(...rows);
}

export function renderDecisions(list: HTMLElement, decisions: readonly Decision[]): void {
  const newest = [...decisions]
    .sort((a, b) => new Date(b.at).getTime() - new Date(a.at).getTime())
    .slice(0, DECISIONS_MAX);
  list.replaceChildren(
    ...newest.map(({ at, from, to, reason }) => {
      const item = element("li", "", { "data-way": to > from ? "up" : to < from ? "down" : "same" });
      const when = new Date(at);
      const valid = !Number.isNaN(when.getTime());
      item.append(
        element("strong", `${count(from)} → ${count(to)}`),
        element("time", valid ? dateAndTime(when) : UNKNOWN, valid ? { datetime: when.toISOString() } : {}),
        element("p", reason),
      );
      return item;
    }),
  );
}
