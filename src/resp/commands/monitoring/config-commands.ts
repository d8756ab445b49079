// CONFIG: settings as Redis names them. Those of monitoring can be set while it runs; others are told, and kept as they are.

import {
  LANE_CONNECTIONS_MAX,
  LANE_IDLE_MS_MAX,
  RESP_BULK_BYTES_MAX,
  RESP_PATTERNS_MAX,
  SLOW_LOG_ENTRIES_MAX,
} from "../../../base/limits.ts";
import type { MaybePromise } from "../../../base/maybe-promise.ts";
import { parseInteger } from "../../wire/integer.ts";
import type { Call } from "../call.ts";
import type { EncodingLimits } from "../keys/encoding-limits.ts";
import { compileGlob, PATTERN_TOO_LONG, type Glob } from "../keys/glob.ts";
import type { Services } from "../services.ts";
import { figuresOf } from "./figures-of.ts";
import { tellDepartures } from "../pubsub/tell-departures.ts";
import { container, row } from "../rows.ts";
import { inAllWorkers, type LaneOperation } from "../workers/lane-operation.ts";

interface Setting {
  readonly get: (services: Services) => string;
  /** Puts a value in force, or says what is wrong with it; none: it stays as it is. */
  readonly set?: (services: Services, value: string) => string | undefined;
}

const fixed = (value: string): Setting => ({ get: () => value });

function wholeNumber(
  get: (services: Services) => number,
  put: (services: Services, value: number) => void,
  least: number,
  most: number,
): Setting {
  return {
    get: (services) => String(get(services)),
    set(services, text) {
      const value = parseInteger(text);
      if (value === undefined) return "argument couldn't be parsed into an integer";
      if (value < BigInt(least) || value > BigInt(most)) {
        return `argument must be between ${least} and ${most} inclusive`;
      }
      put(services, Number(value));
      return undefined;
    },
  };
}

function encodingLimit(name: keyof EncodingLimits): Setting {
  return wholeNumber(
    ({ encodings }) => encodings[name],
    ({ encodings }, value) => (encodings[name] = value),
    0,
    Number.MAX_SAFE_INTEGER,
  );
}

const BAD_EVENT_CLASS = "Invalid event class character. Use 'Ag$lshzxetdKEmn'.";

const SETTINGS: Readonly<Record<string, Setting>> = {
  appendonly: fixed("no"),
  "cluster-enabled": fixed("no"),
  databases: fixed("1"),
  "hash-max-listpack-entries": encodingLimit("hashEntries"),
  "hash-max-listpack-value": encodingLimit("hashValueBytes"),
  "hash-max-ziplist-entries": encodingLimit("hashEntries"),
  "hash-max-ziplist-value": encodingLimit("hashValueBytes"),
  "latency-monitor-threshold": wholeNumber(
    ({ monitoring }) => monitoring.latency.thresholdMs,
    ({ monitoring }, ms) => (monitoring.latency.thresholdMs = ms),
    0,
    Number.MAX_SAFE_INTEGER,
  ),
  "latency-tracking": {
    get: ({ monitoring }) => (monitoring.isMeasuring ? "yes" : "no"),
    set({ monitoring }, text) {
      const word = text.toLowerCase();
      if (word !== "yes" && word !== "no") return "argument must be 'yes' or 'no'";
      monitoring.isMeasuring = word === "yes";
      return undefined;
    },
  },
  maxclients: fixed(String(LANE_CONNECTIONS_MAX)),
  maxmemory: { get: ({ store }) => String(store.engine.bytesMax) },
  "maxmemory-policy": fixed("allkeys-lfu"),
  "notify-keyspace-events": {
    get: ({ options }) => options.keyspaceEvents.flags,
    set(services, text) {
      if (!services.options.keyspaceEvents.setFlags(text)) return BAD_EVENT_CLASS;
      tellDepartures(services);
      return undefined;
    },
  },
  port: { get: ({ port }) => String(port) },
  "proto-max-bulk-len": fixed(String(RESP_BULK_BYTES_MAX)),
  save: fixed(""),
  "set-max-intset-entries": encodingLimit("intsetEntries"),
  "set-max-listpack-entries": encodingLimit("setEntries"),
  "set-max-listpack-value": encodingLimit("setValueBytes"),
  "slowlog-log-slower-than": wholeNumber(
    ({ monitoring }) => monitoring.slowLog.thresholdUs,
    ({ monitoring }, us) => (monitoring.slowLog.thresholdUs = us),
    -1,
    Number.MAX_SAFE_INTEGER,
  ),
  "slowlog-max-len": wholeNumber(
    ({ monitoring }) => monitoring.slowLog.entriesMax,
    ({ monitoring: { slowLog } }, count) => {
      slowLog.entriesMax = count;
      slowLog.trim();
    },
    0,
    SLOW_LOG_ENTRIES_MAX,
  ),
  timeout: fixed(String(LANE_IDLE_MS_MAX / 1_000)),
};

function runGet(call: Call): void {
  const { args, services, out } = call;
  if (args.count - 2 > RESP_PATTERNS_MAX) return call.fail(`ERR more than ${RESP_PATTERNS_MAX} patterns`);
  const patterns: Glob[] = [];
  for (let i = 2; i < args.count; i++) {
    const pattern = compileGlob(args.lower(i));
    if (pattern === undefined) return call.fail(PATTERN_TOO_LONG);
    patterns.push(pattern);
  }
  const found = Object.entries(SETTINGS).filter(([name]) =>
    patterns.some((pattern) => pattern.matches(name)),
  );
  out.map(found.length);
  for (const [name, setting] of found) {
    out.bulkText(name);
    out.bulkText(setting.get(services));
  }
}

/** Puts settings in force, all or, where one of them is wrong, none; gives the complaint then. */
export const CONFIG_SET: LaneOperation<readonly (readonly [name: string, value: string])[], string | null> = {
  name: "config|set",
  run(services, pairs) {
    const before = new Map<string, [Setting, string]>();
    for (const [given, value] of pairs) {
      const name = given.toLowerCase();
      const setting = Object.hasOwn(SETTINGS, name) ? SETTINGS[name] : undefined;
      if (setting === undefined) {
        undo(services, before.values());
        return `ERR Unknown option or number of arguments for CONFIG SET - '${given}'`;
      }
      const present = setting.get(services);
      const complaint = before.has(name) ? "duplicate parameter" : change(setting, services, value, present);
      if (complaint !== undefined) {
        undo(services, before.values());
        return `ERR CONFIG SET failed (possibly related to argument '${name}') - ${complaint}`;
      }
      before.set(name, [setting, present]);
    }
    return null;
  },
};

function runSet(call: Call): MaybePromise<void> {
  const { args, services } = call;
  if (args.count % 2 === 1) return call.fail("ERR wrong number of arguments for 'config|set' command");
  const pairs: [string, string][] = [];
  for (let i = 2; i < args.count; i += 2) pairs.push([args.latin1(i), args.latin1(i + 1)]);
  return call.answer(inAllWorkers(services, CONFIG_SET, pairs), ([complaint]) => {
    if (typeof complaint === "string") call.fail(complaint);
    else call.out.ok();
  });
}

function change(setting: Setting, services: Services, value: string, present: string): string | undefined {
  if (value === present) return undefined;
  return setting.set === undefined
    ? "it is a setting of the server's environment here, and stays as it is"
    : setting.set(services, value);
}

function undo(services: Services, before: Iterable<[Setting, string]>): void {
  for (const [setting, value] of before) setting.set?.(services, value);
}

/** What INFO tells begins anew, while what /metrics tells goes on. */
export const CONFIG_RESETSTAT: LaneOperation<null, true> = {
  name: "config|resetstat",
  run(services) {
    const { monitoring, commands } = services;
    monitoring.base = figuresOf(services);
    monitoring.errors.clear();
    for (const counts of commands.values()) counts.times = undefined;
    return true;
  },
};

function runResetStat(call: Call): MaybePromise<void> {
  return call.answer(inAllWorkers(call.services, CONFIG_RESETSTAT, null), () => call.out.ok());
}

export const CONFIG_COMMAND = container("config", "Tells of settings.", [
  row("config|get", -3, "key", "Returns settings.", runGet),
  row("config|set", -4, "admin", "Changes settings of monitoring; others stay as they are.", runSet),
  row("config|resetstat", 2, "admin", "Has the figures of commands begin anew.", runResetStat),
  row("config|rewrite", 2, "admin", "Refused: there is no file to write.", (call) =>
    call.fail("ERR The server is running without a config file"),
  ),
]);
