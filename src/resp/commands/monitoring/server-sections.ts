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

export function clientFields({ figures: { present, peaks } }: InfoSource): InfoFields {
  return [
    ["connected_clients", present.connections],
    ["cluster_connections", 0],
    ["maxclients", LANE_CONNECTIONS_MAX],
    ["client_recent_max_input_buffer", peaks.inputBytes],
    ["client_recent_max_output_buffer", peaks.outputBytes],
    ["blocked_clients", present.paused],
    ["tracking_clients", present.tracking],
    ["pubsub_clients", present.subscribed],
    ["watching_clients", present.watching],
    ["clients_in_timeout_table", 0],
    ["total_watched_keys", present.watchedKeys],
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

export function memoryFields({ figures: { l1, present, peaks } }: InfoSource): InfoFields {
  const { bytes, bytesMax } = l1;
  const rss = present.rssBytes + peaks.sharedRssBytes;
  return [
    ...withHuman("used_memory", bytes),
    ...withHuman("used_memory_rss", rss),
    ...withHuman("used_memory_peak", Math.max(rss, present.rssBytesMax)),
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

export function statsFields({ figures: { totals, commands, errors, present, l1 } }: InfoSource): InfoFields {
  let calls = 0;
  for (const figures of commands.values()) calls += figures.calls;
  const errorCount = [...errors.values()].reduce((sum, count) => sum + count, 0);
  return [
    ["total_connections_received", totals.connections],
    ["total_commands_processed", calls],
    ["instantaneous_ops_per_sec", present.opsPerSecond],
    ["total_net_input_bytes", totals.inputBytes],
    ["total_net_output_bytes", totals.outputBytes],
    ["rejected_connections", present.rejected],
    ["expired_keys", l1.expired],
    ["evicted_keys", l1.evicted],
    ["keyspace_hits", totals.hits],
    ["keyspace_misses", totals.misses],
    ["pubsub_channels", present.channels],
    ["pubsub_patterns", present.patterns],
    ["latest_fork_usec", 0],
    ["total_forks", 0],
    ["migrate_cached_sockets", 0],
    ["tracking_total_keys", present.trackedKeys],
    ["tracking_total_items", present.trackedKeys],
    ["total_error_replies", errorCount],
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

export function cpuFields({ figures: { present } }: InfoSource): InfoFields {
  const seconds = (us: number) => (us / 1e6).toFixed(6);
  return [
    ["used_cpu_sys", seconds(present.systemCpuUs)],
    ["used_cpu_user", seconds(present.userCpuUs)],
    ["used_cpu_sys_children", seconds(0)],
    ["used_cpu_user_children", seconds(0)],
  ];
}

export function keyspaceFields({ services: { store }, entries, nowMs }: InfoSource): InfoFields {
  if (entries === 0) return [];
  const { share, meanTtlMs } = expiringIn(store.engine, nowMs);
  return [["db0", `keys=${entries},expires=${Math.round(entries * share)},avg_ttl=${meanTtlMs}`]];
}
