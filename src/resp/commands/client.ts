// CLIENT and its subcommands: what connections say of themselves, and tracking.

import { RESP_NAME_BYTES_MAX } from "../../base/limits.ts";
import type { Arguments } from "../wire/arguments.ts";
import type { Client } from "../connection/connection.ts";
import type { Command } from "./command.ts";
import { SYNTAX } from "../wire/refusal.ts";
import type { TrackingOptions } from "../connection/tracking.ts";
import { parseInteger } from "../wire/integer.ts";

const BAD_NAME = "ERR Client names cannot contain spaces, newlines or special characters.";
const VISIBLE = /^[!-~]*$/;

export function isClientName(name: string): boolean {
  return VISIBLE.test(name) && name.length <= RESP_NAME_BYTES_MAX;
}

function runSetName(client: Client, args: Arguments): void {
  const name = args.latin1(2);
  if (!isClientName(name)) return client.fail(BAD_NAME);
  client.name = name;
  client.out.ok();
}

function runGetName(client: Client): void {
  if (client.name === "") client.out.nil();
  else client.out.bulkText(client.name);
}

function runSetInfo(client: Client, args: Arguments): void {
  const attribute = args.lower(2);
  const value = args.latin1(3);
  if (attribute !== "lib-name" && attribute !== "lib-ver") {
    return client.fail(`ERR Unrecognized option '${args.latin1(2)}'`);
  }
  if (!isClientName(value)) {
    return client.fail(`ERR ${attribute} cannot contain spaces, newlines or special characters.`);
  }
  if (attribute === "lib-name") client.libraryName = value;
  else client.libraryVersion = value;
  client.out.ok();
}

function runSwitch(client: Client, args: Arguments): void {
  const word = args.lower(2);
  if (word === "on" || word === "off") client.out.ok();
  else client.fail(SYNTAX);
}

/** One line as Redis has it; what has no meaning here is 0. */
function describe(client: Client, command: string): string {
  const nowMs = client.lane.options.clock.nowMs();
  const { socket, tracking } = client;
  const flags = tracking.isOn ? (tracking.options.broadcast ? "tB" : "t") : "N";
  return [
    `id=${client.id}`,
    `addr=${socket.remoteAddress}:${socket.remotePort}`,
    `laddr=${socket.localAddress}:${socket.localPort}`,
    "fd=0",
    `name=${client.name}`,
    `age=${Math.floor((nowMs - client.createdAtMs) / 1_000)}`,
    `idle=${Math.floor(Math.max(0, nowMs - client.nowMs) / 1_000)}`,
    `flags=${flags}`,
    "db=0 sub=0 psub=0 ssub=0 multi=-1",
    `qbuf=${client.heldBytes} qbuf-free=0 argv-mem=0 multi-mem=0 rbs=0 rbp=0 obl=${client.waitingBytes}`,
    `oll=0 omem=0 tot-mem=0 events=r cmd=${command} user=${client.session.apiKey?.name ?? "(none)"}`,
    `redir=-1 resp=${client.protocol} lib-name=${client.libraryName} lib-ver=${client.libraryVersion}`,
  ].join(" ");
}

function runInfo(client: Client): void {
  client.out.verbatim(`${describe(client, "client|info")}\n`);
}

/** All connections for an admin, those of the same API key for others. */
function runList(client: Client, args: Arguments): void {
  let wanted: ReadonlySet<number> | undefined;
  if (args.count > 2) {
    const word = args.lower(2);
    if (word === "id" && args.count > 3) {
      const ids = new Set<number>();
      for (let i = 3; i < args.count; i++) {
        const id = parseInteger(args.latin1(i));
        if (id === undefined || id < 1n) return client.fail("ERR Invalid client ID");
        ids.add(Number(id));
      }
      wanted = ids;
    } else if (word === "type" && args.count === 4) {
      const type = args.lower(3);
      if (!["normal", "master", "replica", "slave", "pubsub"].includes(type)) {
        return client.fail(`ERR Unknown client type '${args.latin1(3)}'`);
      }
      if (type !== "normal") wanted = new Set();
    } else {
      return client.fail(SYNTAX);
    }
  }
  const own = client.session.apiKey!;
  const lines: string[] = [];
  for (const other of client.lane.clients.values()) {
    if (wanted !== undefined && !wanted.has(other.id)) continue;
    if (!own.admin && other.session.apiKey?.name !== own.name) continue;
    const command = other === client ? "client|list" : (other.tally?.command.name ?? "NULL");
    lines.push(`${describe(other, command)}\n`);
  }
  client.out.verbatim(lines.join(""));
}

function runTracking(client: Client, args: Arguments): void {
  const word = args.lower(2);
  const options = {
    broadcast: false,
    prefixes: [] as string[],
    noLoop: false,
    mode: "all" as TrackingOptions["mode"],
  };
  for (let i = 3; i < args.count; i++) {
    const option = args.lower(i);
    if (option === "bcast") options.broadcast = true;
    else if (option === "noloop") options.noLoop = true;
    else if (option === "optin" || option === "optout") {
      if (options.mode !== "all" && options.mode !== option) {
        return client.fail("ERR You can't specify both OPTIN mode and OPTOUT mode");
      }
      options.mode = option;
    } else if (option === "prefix" && i + 1 < args.count) options.prefixes.push(args.text(++i));
    else if (option === "redirect" && i + 1 < args.count) {
      return client.fail("ERR REDIRECT is not supported here: invalidations are pushed over RESP3");
    } else return client.fail(SYNTAX);
  }
  if (word === "off") {
    client.tracking.stop();
    return client.out.ok();
  }
  if (word !== "on") return client.fail(SYNTAX);
  const refused = refuseTracking(client, options);
  if (refused !== undefined) return client.fail(refused);
  client.tracking.stop();
  if (client.tracking.start(options)) return client.out.ok();
  client.tracking.stop();
  return client.fail("ERR too many prefixes");
}

/** Redis's complaints about options that do not go together, and ours about rights. */
function refuseTracking(client: Client, options: TrackingOptions): string | undefined {
  const { broadcast, prefixes, mode } = options;
  const { tracking, session } = client;
  if (!broadcast && prefixes.length > 0) return "ERR PREFIX option requires BCAST mode to be enabled";
  if (tracking.isOn && tracking.options.broadcast !== broadcast) {
    return (
      "ERR You can't switch BCAST mode on/off before disabling tracking for this client, and then re-enabling it " +
      "with a different mode."
    );
  }
  if (broadcast && mode !== "all") return "ERR OPTIN and OPTOUT are not compatible with BCAST";
  if (tracking.isOn && mode !== "all" && tracking.options.mode !== "all" && tracking.options.mode !== mode) {
    return (
      "ERR You can't switch OPTIN/OPTOUT mode before disabling tracking for this client, and then re-enabling it " +
      "with a different mode."
    );
  }
  const { prefix, read } = session.apiKey!;
  const within = prefixes.length > 0 && prefixes.every((wanted) => wanted.startsWith(prefix));
  if (!read || (broadcast && prefix !== "" && !within)) {
    return "NOPERM this user has no permissions to be told of these keys";
  }
  return undefined;
}

function runCaching(client: Client, args: Arguments): void {
  const { tracking } = client;
  const word = args.lower(2);
  if (!tracking.isOn) {
    return client.fail(
      "ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or OPTOUT mode enabled",
    );
  }
  const { mode } = tracking.options;
  if (word !== "yes" && word !== "no") return client.fail(SYNTAX);
  if (word === "yes" && mode !== "optin") {
    return client.fail("ERR CLIENT CACHING YES is only valid when tracking is enabled in OPTIN mode.");
  }
  if (word === "no" && mode !== "optout") {
    return client.fail("ERR CLIENT CACHING NO is only valid when tracking is enabled in OPTOUT mode.");
  }
  tracking.caching = word === "yes";
  client.out.ok();
}

const sub = (name: string, arity: number, summary: string, run: Command["run"]): Command => ({
  name: `client|${name}`,
  arity,
  right: "key",
  summary,
  run,
});

export const CLIENT_COMMAND: Command = {
  name: "client",
  arity: -2,
  right: "key",
  summary: "Manages connections.",
  run: () => undefined,
  subcommands: [
    sub("id", 2, "Returns the connection's number.", (client) => client.out.integer(client.id)),
    sub("info", 2, "Describes the connection.", runInfo),
    sub("list", -2, "Describes connections.", runList),
    sub("setname", 3, "Names the connection.", runSetName),
    sub("getname", 2, "Returns the connection's name.", runGetName),
    sub("setinfo", 4, "Notes the client's library.", runSetInfo),
    sub("no-evict", 3, "Accepted; connections are not evicted.", runSwitch),
    sub("no-touch", 3, "Accepted.", runSwitch),
    sub("tracking", -3, "Tells the client of changes of what it read.", runTracking),
    sub("caching", 3, "Says whether the next read is to be tracked.", runCaching),
  ],
};
