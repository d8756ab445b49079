// The table of settings: every name, its default and what it means. `--help` prints it.

interface Setting {
  readonly name: string;
  readonly default?: string;
  readonly what: string;
}

export const SETTINGS = [
  { name: "CACHEE_HOST", default: "127.0.0.1", what: "address it listens on" },
  { name: "CACHEE_PORT", default: "3000", what: "port it listens on (PORT does too); 0 picks a free one" },
  { name: "CACHEE_UNIX", what: "path of a unix socket to listen on as well" },
  { name: "CACHEE_TLS_CERT", what: "PEM file with the certificate: HTTPS, and HTTP/2 by ALPN" },
  { name: "CACHEE_TLS_KEY", what: "PEM file with the certificate's private key" },
  { name: "CACHEE_API_KEYS", what: "comma-separated NAME:SCOPES[:PREFIX]=SECRET, or a bare SECRET" },
  { name: "CACHEE_KEYS_FILE", what: "the same, one a line, # comments; read again on SIGHUP" },
  {
    name: "CACHEE_REDIS_URL",
    what: "redis:// or rediss:// of the L2 and bus (several: a cluster; ?sentinel=NAME)",
  },
  {
    name: "CACHEE_PARTITIONS",
    default: "1",
    what: "partitions of the key space; the same on every instance",
  },
  {
    name: "CACHEE_L1_BYTES_MAX",
    default: "25%",
    what: "budget of L1, all told: a size or a share of memory",
  },
  { name: "CACHEE_VALUE_BYTES_MAX", default: "8mb", what: "largest value" },
  { name: "CACHEE_DEFAULT_TTL", what: "seconds an entry lives when its write gives none" },
  {
    name: "CACHEE_EVICTION",
    default: "adaptive",
    what: "adaptive, sized (small values first), lru, s3fifo or tinylfu",
  },
  { name: "CACHEE_STALE_MAX_MS", default: "1000", what: "how old the last proof of coherence may be" },
  { name: "CACHEE_STALE_IF_ERROR_MS", default: "0", what: "how much longer L1 is served, marked stale" },
  { name: "CACHEE_L2_TIMEOUT_MS", default: "200", what: "bound on one L2 operation" },
  { name: "CACHEE_RATE_LIMIT", what: "writes and misses a second for each API key" },
  { name: "CACHEE_CORS_ORIGINS", what: "comma-separated origins, or *" },
  { name: "CACHEE_WORKERS", default: "1", what: "workers sharing the port; auto: one a core" },
  { name: "CACHEE_PIN_CPUS", default: "off", what: "on: each worker is bound to a core" },
  { name: "CACHEE_INSTANCE_ID", what: "this instance's name; none: random" },
  { name: "CACHEE_HEARTBEAT_MS", default: "2000", what: "between two heartbeats" },
  { name: "CACHEE_CONTROL_PLANE", default: "off", what: "on: stands for election as leader" },
  { name: "CACHEE_RESP_PORT", what: "port for Redis clients; 0 picks a free one" },
  { name: "CACHEE_HUGE_PAGES", default: "off", what: "on: huge pages for the store (Linux)" },
  { name: "CACHEE_SCALER", default: "log", what: "log or ecs" },
  { name: "CACHEE_SCALE_MIN", default: "1", what: "fewest instances the scaler asks for" },
  { name: "CACHEE_SCALE_MAX", default: "10", what: "most instances the scaler asks for" },
  { name: "CACHEE_ECS_CLUSTER", what: "ECS cluster of the service to scale" },
  { name: "CACHEE_ECS_SERVICE", what: "ECS service to scale" },
  { name: "CACHEE_LOG", default: "info", what: "debug, info, warn, error, silent; or pretty" },
] as const satisfies readonly Setting[];

export type SettingName = (typeof SETTINGS)[number]["name"];

const ROWS: readonly Setting[] = SETTINGS;

export function defaultOf(name: SettingName): string | undefined {
  return ROWS.find((setting) => setting.name === name)?.default;
}

/** The text of `--help`. */
export function helpText(): string {
  const lines = ROWS.map(
    ({ name, default: fallback, what }) => `  ${name.padEnd(26)}${(fallback ?? "none").padEnd(11)}${what}`,
  );
  return [
    "Cachee, an HTTP cache server.",
    "",
    "Usage: bun run start [--help] [--version]",
    "",
    `  ${"environment variable".padEnd(26)}${"default".padEnd(11)}meaning`,
    ...lines,
    "",
  ].join("\n");
}
