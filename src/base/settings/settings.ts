// Reads the environment into one frozen object at startup, or names the first setting that is wrong. Cold.

import { statSync } from "node:fs";
import { availableParallelism, totalmem } from "node:os";
import { dirname, resolve } from "node:path";
import { SETTINGS, type Setting } from "./table.ts";

type Table = typeof SETTINGS;

/** The value of every setting, by its row's key in the table. */
export type Settings = {
  readonly [K in keyof Table]: Table[K] extends Setting<infer T> ? T : never;
};

export type Environment = Readonly<Record<string, string | undefined>>;

/** A setting that stops the start; the message is the one line to print. */
export class SettingError extends Error {
  override readonly name = "SettingError";
}

/** How many processes serve: one for each core, or as many as were asked for. */
export function workersOf(settings: Pick<Settings, "workers">): number {
  return settings.workers === "auto" ? availableParallelism() : settings.workers;
}

/** Variables of the command line and of clients, which a server's environment may have too. */
const CLIENT_VARIABLES: ReadonlySet<string> = new Set(["CACHEE_URL", "CACHEE_KEY"]);

/** Reads `env`; throws `SettingError` on an unknown CACHEE_ name or a value out of its range. */
export function readSettings(env: Environment, wholeBytes = memoryBytes()): Settings {
  const rows = Object.entries<Setting<unknown>>(SETTINGS);
  const names = new Set(rows.map(([, { name }]) => name));
  for (const name of Object.keys(env)) {
    if (name.startsWith("CACHEE_") && !names.has(name) && !CLIENT_VARIABLES.has(name)) {
      throw new SettingError(`${name} is not a setting of Cachee; --help lists them`);
    }
  }
  const values = rows.map(([key, row]) => [key, readSetting(row, env, wholeBytes)] as const);
  // Each value was read by the type of its own row.
  return Object.freeze(withRelations(Object.fromEntries(values) as Settings, env));
}

/** The text given, or the default; an empty text counts as not given. */
function readSetting<T>(row: Setting<T>, env: Environment, wholeBytes: number): T | undefined {
  const name = row.alias !== undefined && !env[row.name] && env[row.alias] ? row.alias : row.name;
  const given = env[name] || row.default;
  if (given === undefined) return undefined;
  const value = row.type.read(given, wholeBytes);
  if (value !== undefined) return value;
  const shown = row.type.isSecret === true ? "" : `, not ${JSON.stringify(given)}`;
  throw new SettingError(`${name} must be ${row.type.form}${shown}`);
}

/** Memory that this process may use, in bytes: the container's limit where there is one. */
function memoryBytes(): number {
  const constrained = process.constrainedMemory();
  const total = totalmem();
  return constrained > 0 && constrained < total ? constrained : total;
}

/** Settings that bound one another, and the one that is made up where it is not given. */
function withRelations(settings: Settings, env: Environment): Settings {
  if ((settings.tlsCert === undefined) !== (settings.tlsKey === undefined)) {
    const missing = settings.tlsCert === undefined ? "CACHEE_TLS_CERT" : "CACHEE_TLS_KEY";
    throw new SettingError(`${missing} is missing: HTTPS needs a certificate and its key`);
  }
  if (settings.scaleMin > settings.scaleMax) {
    throw new SettingError("CACHEE_SCALE_MIN is above CACHEE_SCALE_MAX");
  }
  if (settings.scaler === "ecs" && (settings.ecsCluster === undefined || settings.ecsService === undefined)) {
    throw new SettingError("CACHEE_SCALER=ecs needs CACHEE_ECS_CLUSTER and CACHEE_ECS_SERVICE");
  }
  checkSnapshot(settings);
  const { l1BytesMax, valueBytesMax } = settings;
  if (valueBytesMax > l1BytesMax && env["CACHEE_VALUE_BYTES_MAX"] !== undefined) {
    throw new SettingError("CACHEE_VALUE_BYTES_MAX is above CACHEE_L1_BYTES_MAX");
  }
  return { ...settings, valueBytesMax: Math.min(valueBytesMax, l1BytesMax) };
}

/** A snapshot is of one L1 that is the truth. */
function checkSnapshot(settings: Settings): void {
  const { snapshot, redisUrls } = settings;
  if (snapshot === undefined) return;
  if (redisUrls.length > 0) {
    throw new SettingError("CACHEE_SNAPSHOT is for instances without Redis, which keeps what this one has");
  }
  if (workersOf(settings) > 1) throw new SettingError("CACHEE_SNAPSHOT needs CACHEE_WORKERS=1");
  const folder = dirname(resolve(snapshot));
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) {
    throw new SettingError(`CACHEE_SNAPSHOT is to be in ${folder}, which is no folder`);
  }
}
