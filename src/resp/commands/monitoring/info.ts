// INFO: what monitoring reads of a server, by sections.

import { after, type MaybePromise } from "../../../base/maybe-promise.ts";
import type { Call } from "../call.ts";
import { commandStats, errorStats, latencyStats } from "./command-sections.ts";
import { since } from "./figures.ts";
import { figuresOf } from "./figures-of.ts";
import type { InfoFields, InfoSource } from "./info-source.ts";
import {
  clientFields,
  cpuFields,
  keyspaceFields,
  memoryFields,
  persistenceFields,
  replicationFields,
  serverFields,
  statsFields,
} from "./server-sections.ts";

interface Section {
  readonly name: string;
  readonly fieldsOf: (source: InfoSource) => InfoFields;
  /** Told only where it, or all, is asked for. */
  readonly isExtra?: true;
}

const SECTIONS: readonly Section[] = [
  { name: "Server", fieldsOf: serverFields },
  { name: "Clients", fieldsOf: clientFields },
  { name: "Memory", fieldsOf: memoryFields },
  { name: "Persistence", fieldsOf: persistenceFields },
  { name: "Stats", fieldsOf: statsFields },
  { name: "Replication", fieldsOf: replicationFields },
  { name: "CPU", fieldsOf: cpuFields },
  { name: "Modules", fieldsOf: () => [] },
  { name: "Commandstats", fieldsOf: commandStats, isExtra: true },
  { name: "Errorstats", fieldsOf: errorStats },
  { name: "Latencystats", fieldsOf: latencyStats, isExtra: true },
  { name: "Cluster", fieldsOf: () => [["cluster_enabled", 0]] },
  { name: "Keyspace", fieldsOf: keyspaceFields },
];

export function runInfo(call: Call): MaybePromise<void> {
  return after(call.services.store.count(), (count) =>
    writeInfo(call, typeof count === "number" ? count : 0),
  );
}

/** `entries`: how many the store has, 0 where it cannot say. */
function writeInfo(call: Call, entries: number): void {
  const { args, services, nowMs } = call;
  const wanted = new Set<string>();
  for (let i = 1; i < args.count; i++) wanted.add(args.lower(i));
  const isAll = wanted.has("all") || wanted.has("everything");
  const isDefault = wanted.size === 0 || wanted.has("default");
  const figures = since(services.monitoring.base, figuresOf(services));
  const source = { services, figures, entries, nowMs };
  const text = SECTIONS.filter(
    ({ name, isExtra }) => isAll || (isDefault && isExtra !== true) || wanted.has(name.toLowerCase()),
  ).map(({ name, fieldsOf }) => {
    const lines = fieldsOf(source).map(([field, value]) => `${field}:${value}\r\n`);
    return `# ${name}\r\n${lines.join("")}`;
  });
  call.out.verbatim(text.join("\r\n"));
}
