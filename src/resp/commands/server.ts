// COMMAND, INFO, CONFIG GET, TIME: what tools ask of a server.

import { LANE_CONNECTIONS_MAX, LANE_IDLE_MS_MAX, RESP_BULK_BYTES_MAX } from "../../base/limits.ts";
import type { Arguments } from "../wire/arguments.ts";
import type { Client } from "../connection/connection.ts";
import type { Command } from "./command.ts";
import { compileGlob } from "./glob.ts";
import { SYNTAX } from "../wire/refusal.ts";
import { REDIS_VERSION } from "./connection.ts";

function topLevel(client: Client): Command[] {
  return [...client.lane.tallies.values()].map((tally) => tally.command).filter(isTopLevel);
}

function isTopLevel(command: Command): boolean {
  return !command.name.includes("|");
}

/** As COMMAND INFO has it; tips and key specifications are left empty. */
function writeInfo(client: Client, command: Command): void {
  const { out } = client;
  const [first, last, step] = command.keys ?? [0, 0, 0];
  out.array(10);
  out.bulkText(command.name);
  out.integer(command.arity);
  const flags = flagsOf(command);
  out.set(flags.length);
  for (const flag of flags) out.simple(flag);
  out.integer(first);
  out.integer(last);
  out.integer(step);
  const categories = categoriesOf(command);
  out.set(categories.length);
  for (const category of categories) out.simple(category);
  out.array(0);
  out.array(0);
  out.array(command.subcommands?.length ?? 0);
  for (const subcommand of command.subcommands ?? []) writeInfo(client, subcommand);
}

function flagsOf({ right, keys }: Command): string[] {
  if (right === "nothing") return ["noscript", "loading", "stale", "fast", "no_auth"];
  if (right === "admin") return keys === undefined ? ["admin"] : ["write", "admin"];
  if (keys === undefined) return ["loading", "stale", "fast"];
  return right === "read" ? ["readonly", "fast"] : ["write", "fast"];
}

function categoriesOf({ right, keys }: Command): string[] {
  if (keys === undefined) return right === "admin" ? ["@admin", "@dangerous"] : ["@connection", "@fast"];
  return right === "read" ? ["@read", "@string", "@fast"] : ["@write", "@string", "@fast"];
}

function runCommand(client: Client): void {
  const commands = topLevel(client);
  client.out.array(commands.length);
  for (const command of commands) writeInfo(client, command);
}

function runInfoOf(client: Client, args: Arguments): void {
  if (args.count === 2) return runCommand(client);
  client.out.array(args.count - 2);
  for (let i = 2; i < args.count; i++) {
    const tally = client.lane.tallies.get(args.lower(i));
    if (tally !== undefined) writeInfo(client, tally.command);
    else client.out.nil();
  }
}

function runDocs(client: Client, args: Arguments): void {
  const named: Command[] = [];
  for (let i = 2; i < args.count; i++) {
    const tally = client.lane.tallies.get(args.lower(i));
    if (tally !== undefined) named.push(tally.command);
  }
  const commands = args.count === 2 ? topLevel(client) : named;
  const { out } = client;
  out.map(commands.length);
  for (const command of commands) {
    out.bulkText(command.name);
    out.map(3);
    out.bulkText("summary");
    out.bulkText(command.summary);
    out.bulkText("since");
    out.bulkText("1.0.0");
    out.bulkText("group");
    out.bulkText(command.keys === undefined ? "server" : "string");
  }
}

function runList(client: Client, args: Arguments): void {
  if (args.count > 2) return client.fail(SYNTAX);
  const commands = topLevel(client);
  client.out.set(commands.length);
  for (const command of commands) client.out.bulkText(command.name);
}

function runInfo(client: Client, args: Arguments): void {
  const wanted = new Set<string>();
  for (let i = 1; i < args.count; i++) wanted.add(args.lower(i));
  const all = wanted.size === 0 || ["all", "default", "everything"].some((word) => wanted.has(word));
  const sections = sectionsOf(client).filter(([name]) => all || wanted.has(name.toLowerCase()));
  const text = sections.map(
    ([name, fields]) => `# ${name}\r\n${fields.map(([field, value]) => `${field}:${value}\r\n`).join("")}`,
  );
  client.out.verbatim(text.join("\r\n"));
}

type Fields = readonly (readonly [name: string, value: string | number])[];

function sectionsOf(client: Client): readonly (readonly [string, Fields])[] {
  const { lane } = client;
  const { options } = lane;
  const engine = lane.store.engine.stats();
  const uptime = Math.floor(process.uptime());
  const { traffic } = options;
  const calls = [...lane.tallies.values()].reduce((sum, tally) => sum + tally.calls, 0);
  return [
    [
      "Server",
      [
        ["redis_version", REDIS_VERSION],
        ["redis_mode", "standalone"],
        ["cachee_version", options.version],
        ["os", `${process.platform} ${process.arch}`],
        ["arch_bits", 64],
        ["process_id", process.pid],
        ["run_id", options.instanceId],
        ["tcp_port", lane.port],
        ["uptime_in_seconds", uptime],
        ["uptime_in_days", Math.floor(uptime / 86_400)],
      ],
    ],
    [
      "Clients",
      [
        ["connected_clients", lane.clients.size],
        ["maxclients", LANE_CONNECTIONS_MAX],
        ["tracking_clients", [...lane.clients.values()].filter((other) => other.tracking.isOn).length],
        ["blocked_clients", 0],
      ],
    ],
    [
      "Memory",
      [
        ["used_memory", engine.bytes],
        ["used_memory_rss", process.memoryUsage.rss()],
        ["maxmemory", engine.bytesMax],
      ],
    ],
    [
      "Stats",
      [
        ["total_commands_processed", calls],
        ["keyspace_hits", traffic.l1Hits + traffic.hitsL2],
        ["keyspace_misses", traffic.misses],
        ["expired_keys", engine.evictions.expired],
        ["evicted_keys", engine.evictions.capacity],
        ["tracking_total_items", options.tracker.tracked],
      ],
    ],
    [
      "Replication",
      [
        ["role", "master"],
        ["connected_slaves", 0],
      ],
    ],
    ["Cluster", [["cluster_enabled", 0]]],
    ["Keyspace", engine.entries === 0 ? [] : [["db0", `keys=${engine.entries},expires=0,avg_ttl=0`]]],
  ];
}

function runConfigGet(client: Client, args: Arguments): void {
  const settings: Readonly<Record<string, string>> = {
    appendonly: "no",
    databases: "1",
    maxclients: String(LANE_CONNECTIONS_MAX),
    maxmemory: String(client.lane.store.engine.bytesMax),
    "maxmemory-policy": "allkeys-lru",
    port: String(client.lane.port),
    "proto-max-bulk-len": String(RESP_BULK_BYTES_MAX),
    save: "",
    timeout: String(LANE_IDLE_MS_MAX / 1_000),
  };
  const patterns: ((text: string) => boolean)[] = [];
  for (let i = 2; i < args.count; i++) patterns.push(compileGlob(args.lower(i)));
  const found = Object.entries(settings).filter(([name]) => patterns.some((matches) => matches(name)));
  client.out.map(found.length);
  for (const [name, value] of found) {
    client.out.bulkText(name);
    client.out.bulkText(value);
  }
}

function runTime(client: Client): void {
  const us = Math.trunc((performance.timeOrigin + performance.now()) * 1_000);
  client.out.array(2);
  client.out.bulkText(String(Math.floor(us / 1e6)));
  client.out.bulkText(String(us % 1e6));
}

const command = (name: string, arity: number, summary: string, run: Command["run"]): Command => ({
  name,
  arity,
  right: "key",
  summary,
  run,
});

export const SERVER_COMMANDS: readonly Command[] = [
  {
    ...command("command", -1, "Describes the commands.", runCommand),
    subcommands: [
      command("command|count", 2, "Counts the commands.", (client) =>
        client.out.integer(topLevel(client).length),
      ),
      command("command|info", -2, "Describes commands for clients.", runInfoOf),
      command("command|docs", -2, "Describes commands for people.", runDocs),
      command("command|list", -2, "Names the commands.", runList),
    ],
  },
  command("info", -1, "Describes the server.", runInfo),
  {
    ...command("config", -2, "Tells of settings.", () => undefined),
    subcommands: [command("config|get", -3, "Returns settings.", runConfigGet)],
  },
  command("time", 1, "Returns the time in seconds and microseconds.", runTime),
];
