// The fleet as GET /instances shows it: healthy instances with role, age of their heartbeat and load; scaling decisions.

import { HEARTBEATS_MAX } from "./fleet.ts";
import { objectOf, parseLoad } from "./load.ts";
import { parseMember } from "./member.ts";
import type { RegistryView } from "./registry.ts";

export interface FleetView {
  readonly instances: readonly object[];
  readonly decisions: readonly object[];
  /** The leader's last report on its work; null where there is no leader. */
  readonly control: object | null;
  /** Whether the registry answers; `none`: the instance is alone by its settings. */
  readonly registry: "none" | "up" | "unreachable";
}

export function fleetViewOf(view: RegistryView): FleetView {
  const healthy = view.entries.filter(({ load }) => load !== undefined);
  const instances = healthy.map(({ id, record, load, remainingMs }) => {
    const member = parseMember(id, record);
    const { hot: _, ...figures } = parseLoad(load!) ?? { hot: [] };
    const role = id === view.leader ? "leader" : "member";
    const ageMs = Math.max(0, HEARTBEATS_MAX * member.heartbeatMs - remainingMs);
    return Object.assign({}, member, { role, ageMs, load: figures });
  });
  return {
    instances: instances.toSorted((a, b) => (a.id < b.id ? -1 : 1)),
    decisions: view.decisions.map(objectOf).filter((decision) => decision !== undefined),
    control: view.control === undefined ? null : (objectOf(view.control) ?? null),
    registry: "up",
  };
}
