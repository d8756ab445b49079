// INFO's sections on the server: its process, clients, memory, counters and keys. Cold.

import { totalmem } from "node:os";
import { LANE_CONNECTIONS_MAX } from "../../../base/limits.ts";
import { REDIS_VERSION } from "../server/redis-version.ts";
import { expiringIn } from "./expiring.ts";
import type { InfoFields, InfoSource } from "./info-source.ts";

export function serverFields({ services: { options, port } }: InfoSource): InfoFields {
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
    ["server_time_usec", Math.trunc(options.clock.wallMs() * 1_000)],
    ["uptime_in_seconds", uptimeSeconds],
    ["uptime_in_days", Math.floor(uptimeSeconds / 86_400)],
    ["hz", 10],
    ["configured_hz", 10],
    ["executable", process.execPath],
    ["config_file", ""],
  ];
}

export function clientFields({ services: { connections, pause } }: InfoSource): InfoFields {
  let tracking = 0;
  let subscribed = 0;
  let watching = 0;
  let watchedKeys = 0;
  let inputBytesMax = 0;
  let outputBytesMax = 0;
  for (const connection of connections.values()) {
    if (connection.tracking.isOn) tracking += 1;
    if (connection.subscriptions.count > 0) subscribed += 1;
    const { size } = connection.transaction.watched;
    if (size > 0) watching += 1;
    watchedKeys += size;
    inputBytesMax = Math.max(inputBytesMax, connection.heldBytes);
    outputBytesMax = Math.max(outputBytesMax, connection.waitingBytes);
  }
  return [
    ["connected_clients", connections.size],
    ["cluster_connections", 0],
    ["maxclients", LANE_CONNECTIONS_MAX],
    ["client_recent_max_input_buffer", inputBytesMax],
    ["client_recent_max_output_buffer", outputBytesMax],
    ["blocked_clients", pause.waiting],
    ["tracking_clients", tracking],
    ["pubsub_clients", subscribed],
    ["watching_clients", watching],
    ["clients_in_timeout_table", 0],
    ["total_watched_keys", watchedKeys],
    ["total_blocking_keys", 0],
  ];
}

const UNITS: readonly string[] = ["B", "K", "M", "G", "T"];

/** Bytes as Redis spells them for people. */
function human(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1_024 && unit < UNITS.length - 1) {
    value /= 1_024;
    unit += 1;
  }
  return unit === 0 ? `${bytes}B` : `${value.toFixed(2)}${UNITS[unit]}`;
}

function withHuman(name: string, bytes: number): InfoFields {
  return [
    [name, bytes],
    [`${name}_human`, human(bytes)],
  ];
}

export function memoryFields({ services: { store } }: InfoSource): InfoFields {
  const { bytes, bytesMax } = store.engine.stats();
  const rss = process.memoryUsage.rss();
  return [
    ...withHuman("used_memory", bytes),
    ...withHuman("used_memory_rss", rss),
    ...withHuman("used_memory_peak", process.resourceUsage().maxRSS * 1_024),
    ["used_memory_overhead", Math.max(0, rss - bytes)],
    ["used_memory_dataset", bytes],
    ...withHuman("used_memory_lua", 0),
    ...withHuman("total_system_memory", totalmem()),
    ...withHuman("maxmemory", bytesMax),
    ["maxmemory_policy", "allkeys-lfu"],
    ["mem_fragmentation_ratio", bytes === 0 ? 1 : (rss / bytes).toFixed(2)],
    ["mem_allocator", "cachee"],
    ["active_defrag_running", 0],
    ["lazyfree_pending_objects", 0],
  ];
}

export function persistenceFields(): InfoFields {
  return [
    ["loading", 0],
    ["async_loading", 0],
    ["rdb_changes_since_last_save", 0],
    ["rdb_bgsave_in_progress", 0],
    ["rdb_last_save_time", Math.floor(performance.timeOrigin / 1_000)],
    ["rdb_last_bgsave_status", "ok"],
    ["aof_enabled", 0],
    ["aof_rewrite_in_progress", 0],
    ["aof_last_bgrewrite_status", "ok"],
    ["aof_last_write_status", "ok"],
  ];
}

export function statsFields({ services, figures: { totals, commands } }: InfoSource): InfoFields {
  const { monitoring, options } = services;
  let calls = 0;
  for (const figures of commands.values()) calls += figures.calls;
  const errors = [...monitoring.errors.values()].reduce((sum, count) => sum + count, 0);
  return [
    ["total_connections_received", totals.connections],
    ["total_commands_processed", calls],
    ["instantaneous_ops_per_sec", monitoring.opsPerSecond],
    ["total_net_input_bytes", totals.inputBytes],
    ["total_net_output_bytes", totals.outputBytes],
    ["rejected_connections", options.connections.cuts.get("full") ?? 0],
    ["expired_keys", totals.expired],
    ["evicted_keys", totals.evicted],
    ["keyspace_hits", totals.hits],
    ["keyspace_misses", totals.misses],
    ["pubsub_channels", [...options.channels.names].length],
    ["pubsub_patterns", options.channels.patterns.size],
    ["latest_fork_usec", 0],
    ["total_forks", 0],
    ["migrate_cached_sockets", 0],
    ["tracking_total_keys", options.tracker.tracked],
    ["tracking_total_items", options.tracker.tracked],
    ["total_error_replies", errors],
  ];
}

export function replicationFields({ services: { options } }: InfoSource): InfoFields {
  return [
    ["role", "master"],
    ["connected_slaves", 0],
    ["master_failover_state", "no-failover"],
    ["master_replid", Bun.hash(options.instanceId).toString(16).padStart(40, "0")],
    ["master_repl_offset", 0],
    ["repl_backlog_active", 0],
  ];
}

export function cpuFields(): InfoFields {
  const { user, system } = process.cpuUsage();
  const seconds = (us: number) => (us / 1e6).toFixed(6);
  return [
    ["used_cpu_sys", seconds(system)],
    ["used_cpu_user", seconds(user)],
    ["used_cpu_sys_children", seconds(0)],
    ["used_cpu_user_children", seconds(0)],
  ];
}

export function keyspaceFields({ services: { store }, entries, nowMs }: InfoSource): InfoFields {
  if (entries === 0) return [];
  const { share, meanTtlMs } = expiringIn(store.engine, nowMs);
  return [["db0", `keys=${entries},expires=${Math.round(entries * share)},avg_ttl=${meanTtlMs}`]];
}
