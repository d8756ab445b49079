// INFO: what monitoring reads of a server, by sections: of the whole instance.

import { after, type MaybePromise } from "../../../base/maybe-promise.ts";
import type { Call } from "../call.ts";
import { commandStats, errorStats, latencyStats } from "./command-sections.ts";
import type { InfoFields, InfoSource } from "./info-source.ts";
import { hasCommonL1, LANE_FIGURES, together } from "../workers/lane-figures.ts";
import { inAllWorkers } from "../workers/lane-operation.ts";
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
  const { services } = call;
  return after(services.store.count(), (count) =>
    call.answer(inAllWorkers(services, LANE_FIGURES, null), (lanes) =>
      writeInfo(call, {
        services,
        figures: together(lanes, hasCommonL1(services)),
        entries: typeof count === "number" ? count : 0,
        nowMs: call.nowMs,
      }),
    ),
  );
}

function writeInfo({ args, out }: Call, source: InfoSource): void {
  const wanted = new Set<string>();
  for (let i = 1; i < args.count; i++) wanted.add(args.lower(i));
  const isAll = wanted.has("all") || wanted.has("everything");
  const isDefault = wanted.size === 0 || wanted.has("default");
  const text = SECTIONS.filter(
    ({ name, isExtra }) => isAll || (isDefault && isExtra !== true) || wanted.has(name.toLowerCase()),
  ).map(({ name, fieldsOf }) => {
    const lines = fieldsOf(source).map(([field, value]) => `${field}:${value}\r\n`);
    return `# ${name}\r\n${lines.join("")}`;
  });
  out.verbatim(text.join("\r\n"));
}
