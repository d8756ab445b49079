// INFO, CONFIG GET, TIME: what tools ask of a server.

import {
  LANE_CONNECTIONS_MAX,
  LANE_IDLE_MS_MAX,
  RESP_BULK_BYTES_MAX,
  RESP_PATTERNS_MAX,
} from "../../../base/limits.ts";
import type { Call } from "../call.ts";
import type { Command } from "../command.ts";
import { compileGlob, PATTERN_TOO_LONG, type Glob } from "../keys/glob.ts";
import { runInfo } from "./info.ts";

function runConfigGet(call: Call): void {
  const { args, services, out } = call;
  const settings: Readonly<Record<string, string>> = {
    appendonly: "no",
    databases: "1",
    maxclients: String(LANE_CONNECTIONS_MAX),
    maxmemory: String(services.store.engine.bytesMax),
    "maxmemory-policy": "allkeys-lru",
    port: String(services.port),
    "proto-max-bulk-len": String(RESP_BULK_BYTES_MAX),
    save: "",
    timeout: String(LANE_IDLE_MS_MAX / 1_000),
  };
  if (args.count - 2 > RESP_PATTERNS_MAX) return call.fail(`ERR more than ${RESP_PATTERNS_MAX} patterns`);
  const patterns: Glob[] = [];
  for (let i = 2; i < args.count; i++) {
    const pattern = compileGlob(args.lower(i));
    if (pattern === undefined) return call.fail(PATTERN_TOO_LONG);
    patterns.push(pattern);
  }
  const found = Object.entries(settings).filter(([name]) =>
    patterns.some((pattern) => pattern.matches(name)),
  );
  out.map(found.length);
  for (const [name, value] of found) {
    out.bulkText(name);
    out.bulkText(value);
  }
}

function runTime({ out }: Call): void {
  const us = Math.trunc((performance.timeOrigin + performance.now()) * 1_000);
  out.array(2);
  out.bulkText(String(Math.floor(us / 1e6)));
  out.bulkText(String(us % 1e6));
}

const row = (name: string, arity: number, summary: string, run: Command["run"]): Command => ({
  name,
  arity,
  right: "key",
  summary,
  run,
});

export const SERVER_COMMANDS: readonly Command[] = [
  row("info", -1, "Describes the server.", runInfo),
  {
    ...row("config", -2, "Tells of settings.", () => undefined),
    subcommands: [row("config|get", -3, "Returns settings.", runConfigGet)],
  },
  row("time", 1, "Returns the time in seconds and microseconds.", runTime),
];
