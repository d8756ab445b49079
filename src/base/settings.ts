// Reads the environment into one frozen object at startup, or names the first setting that is wrong. Cold.

import { totalmem } from "node:os";
import { L1_BYTES_MIN, TTL_SECONDS_MAX, VALUE_BYTES_LIMIT } from "./limits.ts";
import { isLogLevel, type LogLevel } from "./log.ts";
import { defaultOf, SETTINGS, type SettingName } from "./settings-table.ts";
import { parseSize } from "./size.ts";

export const EVICTION_POLICIES = ["adaptive", "sized", "lru", "s3fifo", "tinylfu"] as const;
export type EvictionPolicy = (typeof EVICTION_POLICIES)[number];

export interface Settings {
  readonly host: string;
  readonly port: number;
  readonly unix: string | undefined;
  readonly tls: { readonly certPath: string; readonly keyPath: string } | undefined;
  readonly apiKeys: string | undefined;
  readonly keysFile: string | undefined;
  readonly redisUrls: readonly string[];
  readonly partitions: number;
  readonly l1BytesMax: number;
  readonly valueBytesMax: number;
  readonly defaultTtlMs: number | undefined;
  readonly eviction: EvictionPolicy;
  readonly staleMaxMs: number;
  readonly staleIfErrorMs: number;
  readonly l2TimeoutMs: number;
  /** Writes and misses a second for each API key. */
  readonly rateLimit: number | undefined;
  readonly corsOrigins: readonly string[];
  readonly workers: number | "auto";
  readonly pinCpus: boolean;
  readonly instanceId: string;
  readonly heartbeatMs: number;
  readonly controlPlane: boolean;
  readonly respPort: number | undefined;
  readonly hugePages: boolean;
  readonly scaler: "log" | "ecs";
  readonly scaleMin: number;
  readonly scaleMax: number;
  readonly ecsCluster: string | undefined;
  readonly ecsService: string | undefined;
  readonly logLevel: LogLevel;
  readonly logPretty: boolean;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** A setting that stops the start; the message is the one line to print. */
export class SettingError extends Error {
  override readonly name = "SettingError";
}

/** Memory that this process may use, in bytes: the container's limit where there is one. */
export function memoryBytes(): number {
  const constrained = process.constrainedMemory();
  const total = totalmem();
  return constrained > 0 && constrained < total ? constrained : total;
}

/** Reads `env`; throws `SettingError` on an unknown CACHEE_ name or a value out of its range. */
export function readSettings(env: Environment, wholeBytes = memoryBytes()): Settings {
  for (const name of Object.keys(env)) {
    if (name.startsWith("CACHEE_") && !SETTINGS.some((setting) => setting.name === name)) {
      throw new SettingError(`${name} is not a setting of Cachee; --help lists them`);
    }
  }
  const read = new Reader(env);
  const l1BytesMax = read.size("CACHEE_L1_BYTES_MAX", L1_BYTES_MIN, Number.MAX_SAFE_INTEGER, wholeBytes);
  const settings: Settings = {
    host: read.text("CACHEE_HOST")!,
    port: read.portOr("CACHEE_PORT", "PORT"),
    unix: read.text("CACHEE_UNIX"),
    tls: readTls(read),
    apiKeys: read.text("CACHEE_API_KEYS"),
    keysFile: read.text("CACHEE_KEYS_FILE"),
    redisUrls: read.urls("CACHEE_REDIS_URL"),
    partitions: read.integer("CACHEE_PARTITIONS", 1, 1_024)!,
    l1BytesMax,
    valueBytesMax: read.size("CACHEE_VALUE_BYTES_MAX", 1, VALUE_BYTES_LIMIT),
    defaultTtlMs: read.seconds("CACHEE_DEFAULT_TTL"),
    eviction: read.choice("CACHEE_EVICTION", EVICTION_POLICIES),
    staleMaxMs: read.integer("CACHEE_STALE_MAX_MS", 100, 3_600_000)!,
    staleIfErrorMs: read.integer("CACHEE_STALE_IF_ERROR_MS", 0, 86_400_000)!,
    l2TimeoutMs: read.integer("CACHEE_L2_TIMEOUT_MS", 1, 60_000)!,
    rateLimit: read.integer("CACHEE_RATE_LIMIT", 1, 1e9),
    corsOrigins: read.origins("CACHEE_CORS_ORIGINS"),
    workers: read.workers("CACHEE_WORKERS"),
    pinCpus: read.choice("CACHEE_PIN_CPUS", ["off", "on"]) === "on",
    instanceId: read.identifier("CACHEE_INSTANCE_ID") ?? crypto.randomUUID(),
    heartbeatMs: read.integer("CACHEE_HEARTBEAT_MS", 100, 60_000)!,
    controlPlane: read.choice("CACHEE_CONTROL_PLANE", ["off", "on"]) === "on",
    respPort: read.integer("CACHEE_RESP_PORT", 0, 65_535),
    hugePages: read.choice("CACHEE_HUGE_PAGES", ["off", "on"]) === "on",
    scaler: read.choice("CACHEE_SCALER", ["log", "ecs"]),
    scaleMin: read.integer("CACHEE_SCALE_MIN", 0, 10_000)!,
    scaleMax: read.integer("CACHEE_SCALE_MAX", 1, 10_000)!,
    ecsCluster: read.text("CACHEE_ECS_CLUSTER"),
    ecsService: read.text("CACHEE_ECS_SERVICE"),
    ...read.log("CACHEE_LOG"),
  };
  return Object.freeze(withRelations(settings, env));
}

/** Settings that bound one another. */
function withRelations(settings: Settings, env: Environment): Settings {
  if (settings.scaleMin > settings.scaleMax) {
    throw new SettingError("CACHEE_SCALE_MIN is above CACHEE_SCALE_MAX");
  }
  if (settings.scaler === "ecs" && (settings.ecsCluster === undefined || settings.ecsService === undefined)) {
    throw new SettingError("CACHEE_SCALER=ecs needs CACHEE_ECS_CLUSTER and CACHEE_ECS_SERVICE");
  }
  const valueFits = settings.valueBytesMax <= settings.l1BytesMax;
  if (!valueFits && env["CACHEE_VALUE_BYTES_MAX"] !== undefined) {
    throw new SettingError("CACHEE_VALUE_BYTES_MAX is above CACHEE_L1_BYTES_MAX");
  }
  return valueFits ? settings : { ...settings, valueBytesMax: settings.l1BytesMax };
}

function readTls(read: Reader): Settings["tls"] {
  const certPath = read.text("CACHEE_TLS_CERT");
  const keyPath = read.text("CACHEE_TLS_KEY");
  if (certPath !== undefined && keyPath !== undefined) return { certPath, keyPath };
  if (certPath === undefined && keyPath === undefined) return undefined;
  const missing = certPath === undefined ? "CACHEE_TLS_CERT" : "CACHEE_TLS_KEY";
  throw new SettingError(`${missing} is missing: HTTPS needs a certificate and its key`);
}

/** Reads single settings of one kind each, falling back to the table's default. */
class Reader {
  readonly #env: Environment;

  constructor(env: Environment) {
    this.#env = env;
  }

  /** The text given, or the default; an empty text counts as not given. */
  text(name: SettingName): string | undefined {
    const given = this.#env[name];
    if (given !== undefined && given !== "") return given;
    return defaultOf(name);
  }

  integer(name: SettingName, min: number, max: number): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < min || value > max) {
      throw new SettingError(
        `${name} must be a whole number from ${min} to ${max}, not ${JSON.stringify(text)}`,
      );
    }
    return value;
  }

  size(name: SettingName, min: number, max: number, wholeBytes?: number): number {
    const text = this.text(name)!;
    const bytes = parseSize(text, wholeBytes);
    if (bytes === undefined || bytes < min || bytes > max) {
      const share = wholeBytes === undefined ? "" : " or a share of memory such as 25%";
      throw new SettingError(
        `${name} must be a size such as 64mb${share}, at least ${min} bytes, not ${JSON.stringify(text)}`,
      );
    }
    return bytes;
  }

  seconds(name: SettingName): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const seconds = Number(text);
    if (!/^\d+(\.\d+)?$/.test(text) || seconds <= 0 || seconds > TTL_SECONDS_MAX) {
      throw new SettingError(
        `${name} must be seconds above 0, at most ${TTL_SECONDS_MAX}, not ${JSON.stringify(text)}`,
      );
    }
    return seconds * 1_000;
  }

  choice<const T extends string>(name: SettingName, choices: readonly T[]): T {
    const text = this.text(name);
    const chosen = choices.find((choice) => choice === text);
    if (chosen === undefined) {
      throw new SettingError(`${name} must be one of ${choices.join(", ")}, not ${JSON.stringify(text)}`);
    }
    return chosen;
  }

  portOr(name: SettingName, fallback: "PORT"): number {
    const given = this.#env[name] || this.#env[fallback];
    const from = this.#env[name] ? name : fallback;
    if (!given) return this.integer(name, 0, 65_535)!;
    if (!/^\d+$/.test(given) || Number(given) > 65_535) {
      throw new SettingError(`${from} must be a whole number from 0 to 65535, not ${JSON.stringify(given)}`);
    }
    return Number(given);
  }

  /** URLs may hold passwords, so a complaint does not repeat them. */
  urls(name: SettingName): readonly string[] {
    const urls = (this.text(name) ?? "").split(",").filter((part) => part.trim() !== "");
    for (const url of urls) {
      if (!/^rediss?:\/\//.test(url) || !URL.canParse(url)) {
        throw new SettingError(`${name} must hold redis:// or rediss:// URLs separated by commas`);
      }
    }
    return urls.map((url) => url.trim());
  }

  origins(name: SettingName): readonly string[] {
    const origins = (this.text(name) ?? "")
      .split(",")
      .map((part) => part.trim())
      .filter((part) => part !== "");
    for (const origin of origins) {
      if (origin !== "*" && !(URL.canParse(origin) && new URL(origin).origin === origin)) {
        throw new SettingError(
          `${name} must hold origins such as https://app.example, not ${JSON.stringify(origin)}`,
        );
      }
    }
    return origins;
  }

  workers(name: SettingName): number | "auto" {
    return this.text(name) === "auto" ? "auto" : this.integer(name, 1, 256)!;
  }

  identifier(name: SettingName): string | undefined {
    const text = this.text(name);
    if (text !== undefined && !/^[A-Za-z0-9_.:-]{1,128}$/.test(text)) {
      throw new SettingError(`${name} must be 1 to 128 letters, digits, or any of _ . : -`);
    }
    return text;
  }

  log(name: SettingName): { logLevel: LogLevel; logPretty: boolean } {
    const text = this.text(name)!;
    if (text === "pretty") return { logLevel: "info", logPretty: true };
    if (isLogLevel(text)) return { logLevel: text, logPretty: process.stderr.isTTY };
    throw new SettingError(
      `${name} must be one of debug, info, warn, error, silent, pretty, not ${JSON.stringify(text)}`,
    );
  }
}
