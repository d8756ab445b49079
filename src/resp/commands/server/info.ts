// INFO: what monitoring reads of a server, by sections.

import { LANE_CONNECTIONS_MAX } from "../../../base/limits.ts";
import { after, type MaybePromise } from "../../../base/maybe-promise.ts";
import type { Call } from "../call.ts";
import type { Services } from "../services.ts";
import { REDIS_VERSION } from "./redis-version.ts";

type Fields = readonly (readonly [name: string, value: string | number])[];

/** A section is a row: its name, and its fields in order. */
const SECTIONS: readonly (readonly [
  name: string,
  fieldsOf: (services: Services, entries: number) => Fields,
])[] = [
  ["Server", serverFields],
  ["Clients", clientFields],
  ["Memory", memoryFields],
  ["Stats", statsFields],
  [
    "Replication",
    () => [
      ["role", "master"],
      ["connected_slaves", 0],
    ],
  ],
  ["Cluster", () => [["cluster_enabled", 0]]],
  ["Keyspace", keyspaceFields],
];

const ALL: readonly string[] = ["all", "default", "everything"];

export function runInfo(call: Call): MaybePromise<void> {
  return after(call.services.store.count(), (count) =>
    writeInfo(call, typeof count === "number" ? count : 0),
  );
}

/** `entries`: how many the store has, 0 where it cannot say. */
function writeInfo(call: Call, entries: number): void {
  const { args, services } = call;
  const wanted = new Set<string>();
  for (let i = 1; i < args.count; i++) wanted.add(args.lower(i));
  const all = wanted.size === 0 || ALL.some((word) => wanted.has(word));
  const text = SECTIONS.filter(([name]) => all || wanted.has(name.toLowerCase())).map(
    ([name, fieldsOf]) =>
      `# ${name}\r\n${fieldsOf(services, entries)
        .map(([field, value]) => `${field}:${value}\r\n`)
        .join("")}`,
  );
  call.out.verbatim(text.join("\r\n"));
}

function serverFields({ options, port }: Services): Fields {
  const uptimeSeconds = Math.floor(process.uptime());
  return [
    ["redis_version", REDIS_VERSION],
    ["redis_mode", "standalone"],
    ["cachee_version", options.version],
    ["os", `${process.platform} ${process.arch}`],
    ["arch_bits", 64],
    ["process_id", process.pid],
    ["run_id", options.instanceId],
    ["tcp_port", port],
    ["uptime_in_seconds", uptimeSeconds],
    ["uptime_in_days", Math.floor(uptimeSeconds / 86_400)],
  ];
}

function clientFields({ connections }: Services): Fields {
  return [
    ["connected_clients", connections.size],
    ["maxclients", LANE_CONNECTIONS_MAX],
    ["tracking_clients", [...connections.values()].filter(({ tracking }) => tracking.isOn).length],
    ["blocked_clients", 0],
  ];
}

function memoryFields({ store }: Services): Fields {
  const { bytes, bytesMax } = store.engine.stats();
  return [
    ["used_memory", bytes],
    ["used_memory_rss", process.memoryUsage.rss()],
    ["maxmemory", bytesMax],
  ];
}

function statsFields({ store, options, commands }: Services): Fields {
  const { evictions } = store.engine.stats();
  const { tracker } = options;
  const reads = options.traffic.reads();
  return [
    ["total_commands_processed", [...commands.values()].reduce((sum, { calls }) => sum + calls, 0)],
    ["keyspace_hits", reads.l1Hits + reads.l2Hits],
    ["keyspace_misses", reads.misses],
    ["expired_keys", evictions.expired],
    ["evicted_keys", evictions.capacity],
    ["tracking_total_items", tracker.tracked],
  ];
}

function keyspaceFields(_: Services, entries: number): Fields {
  return entries === 0 ? [] : [["db0", `keys=${entries},expires=0,avg_ttl=0`]];
}
