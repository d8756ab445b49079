// The settings, one row each: name, kind of value, default and meaning. Everything else about them follows from the row.

import { EVICTION_POLICIES } from "./eviction.ts";
import { L1_BYTES_MIN, TTL_SECONDS_MAX, VALUE_BYTES_LIMIT } from "../limits.ts";
import { LOG_LEVELS } from "../log.ts";
import {
  choice,
  instanceName,
  integer,
  logSetting,
  onOff,
  origins,
  port,
  redisUrls,
  seconds,
  secret,
  size,
  sizeOrShare,
  text,
  workerCount,
  type SettingType,
} from "./types.ts";

export interface Setting<T> {
  /** The environment variable. */
  readonly name: string;
  readonly type: SettingType<T>;
  /** The text that stands for one not given; none: the value is `undefined` then. */
  readonly default: string | undefined;
  /** What it does, as `--help` says it. */
  readonly what: string;
  /** Another variable, read where `name` is not given. */
  readonly alias?: string;
}

function withDefault<T>(name: string, fallback: string, type: SettingType<T>, what: string): Setting<T> {
  return { name, type, default: fallback, what };
}

function optional<T>(name: string, type: SettingType<T>, what: string): Setting<T | undefined> {
  return { name, type, default: undefined, what };
}

export const SETTINGS = {
  host: withDefault("CACHEE_HOST", "127.0.0.1", text, "address it listens on"),
  port: {
    ...withDefault("CACHEE_PORT", "3000", port, "port it listens on (PORT does too); 0 picks a free one"),
    alias: "PORT",
  },
  unix: optional("CACHEE_UNIX", text, "path of a unix socket to listen on as well"),
  tlsCert: optional("CACHEE_TLS_CERT", text, "PEM file with the certificate: HTTPS, and HTTP/2 by ALPN"),
  tlsKey: optional("CACHEE_TLS_KEY", text, "PEM file with the certificate's private key"),
  apiKeys: optional(
    "CACHEE_API_KEYS",
    secret,
    "comma-separated NAME:SCOPES[:PREFIX]=SECRET, or a bare SECRET",
  ),
  keysFile: optional("CACHEE_KEYS_FILE", text, "the same, one a line, # comments; read again on SIGHUP"),
  redisUrls: withDefault(
    "CACHEE_REDIS_URL",
    "",
    redisUrls,
    "redis:// or rediss:// of the L2 and bus (several: a cluster; ?sentinel=NAME)",
  ),
  partitions: withDefault(
    "CACHEE_PARTITIONS",
    "1",
    integer(1, 1_024),
    "partitions of the key space; the same on every instance",
  ),
  /** Bytes. */
  l1BytesMax: withDefault(
    "CACHEE_L1_BYTES_MAX",
    "25%",
    sizeOrShare(L1_BYTES_MIN),
    "budget of L1, all told: a size or a share of memory",
  ),
  snapshot: optional(
    "CACHEE_SNAPSHOT",
    text,
    "file that keeps L1 over a restart (without Redis, with one worker)",
  ),
  snapshotSeconds: withDefault(
    "CACHEE_SNAPSHOT_SECONDS",
    "300",
    integer(1, 86_400),
    "between two times that it is written while the instance runs",
  ),
  valueBytesMax: withDefault("CACHEE_VALUE_BYTES_MAX", "8mb", size(1, VALUE_BYTES_LIMIT), "largest value"),
  defaultTtlMs: optional(
    "CACHEE_DEFAULT_TTL",
    seconds(TTL_SECONDS_MAX),
    "seconds an entry is kept when its write gives none",
  ),
  eviction: withDefault(
    "CACHEE_EVICTION",
    "adaptive",
    choice(EVICTION_POLICIES),
    `${EVICTION_POLICIES.join(", ")} (sized: small values first)`,
  ),
  staleMaxMs: withDefault(
    "CACHEE_STALE_MAX_MS",
    "1000",
    integer(100, 3_600_000),
    "how old the last proof of coherence may be",
  ),
  staleIfErrorMs: withDefault(
    "CACHEE_STALE_IF_ERROR_MS",
    "0",
    integer(0, 86_400_000),
    "how much longer L1 is served, marked stale",
  ),
  l2TimeoutMs: withDefault("CACHEE_L2_TIMEOUT_MS", "200", integer(1, 60_000), "bound on one L2 operation"),
  rateLimit: optional("CACHEE_RATE_LIMIT", integer(1, 1e9), "writes and misses a second for each API key"),
  corsOrigins: withDefault("CACHEE_CORS_ORIGINS", "", origins, "comma-separated origins, or *"),
  workers: withDefault("CACHEE_WORKERS", "1", workerCount, "workers sharing the port; auto: one a core"),
  pinCpus: withDefault("CACHEE_PIN_CPUS", "off", onOff, "on: each worker is bound to a core"),
  instanceId: withDefault("CACHEE_INSTANCE_ID", "random", instanceName, "this instance's name"),
  heartbeatMs: withDefault("CACHEE_HEARTBEAT_MS", "2000", integer(100, 60_000), "between two heartbeats"),
  controlPlane: withDefault("CACHEE_CONTROL_PLANE", "off", onOff, "on: stands for election as leader"),
  respPort: optional("CACHEE_RESP_PORT", port, "port for Redis clients; 0 picks a free one"),
  hugePages: withDefault("CACHEE_HUGE_PAGES", "off", onOff, "on: huge pages for the store (Linux)"),
  scaler: withDefault("CACHEE_SCALER", "log", choice(["log", "ecs"]), "log or ecs"),
  scaleMin: withDefault("CACHEE_SCALE_MIN", "1", integer(0, 10_000), "fewest instances the scaler asks for"),
  scaleMax: withDefault("CACHEE_SCALE_MAX", "10", integer(1, 10_000), "most instances the scaler asks for"),
  scaleTargetCpu: withDefault(
    "CACHEE_SCALE_TARGET_CPU",
    "60",
    integer(1, 100),
    "percent of CPU that an instance should use",
  ),
  scaleTargetRps: withDefault(
    "CACHEE_SCALE_TARGET_RPS",
    "20000",
    integer(1, 1e9),
    "requests a second for each worker",
  ),
  ecsCluster: optional("CACHEE_ECS_CLUSTER", text, "ECS cluster of the service to scale"),
  ecsService: optional("CACHEE_ECS_SERVICE", text, "ECS service to scale"),
  logging: withDefault("CACHEE_LOG", "info", logSetting, `${LOG_LEVELS.join(", ")}; or pretty`),
} as const;

/** The text of `--help`; `command` is what starts this program. */
export function helpText(command: string): string {
  const lines = Object.values(SETTINGS).map(
    (row) => `  ${row.name.padEnd(26)}${(row.default || "none").padEnd(11)}${row.what}`,
  );
  return [
    "Cachee, an HTTP cache server.",
    "",
    `Usage: ${command} [--help] [--version]`,
    "",
    `  ${"environment variable".padEnd(26)}${"default".padEnd(11)}meaning`,
    ...lines,
    "",
  ].join("\n");
}
