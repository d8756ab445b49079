// CLIENT and its subcommands: what connections say of themselves.

import type { MaybePromise } from "../../../base/maybe-promise.ts";
import type { Call } from "../call.ts";
import type { ConnectionPort } from "../connection-port.ts";
import { parseInteger } from "../../wire/integer.ts";
import { SYNTAX } from "../../wire/refusal.ts";
import { runKill } from "./client-kill.ts";
import { runPause, runReply, runUnpause } from "./client-mode.ts";
import { BAD_CLIENT_NAME, isClientName } from "./client-name.ts";
import { runCaching, runTracking, runTrackingInfo } from "./tracking-commands.ts";
import { container, row } from "../rows.ts";
import { inAllWorkers, type LaneOperation } from "../workers/lane-operation.ts";

function runSetName(call: Call): void {
  const { args } = call;
  const name = args.latin1(2);
  if (!isClientName(name)) return call.fail(BAD_CLIENT_NAME);
  call.connection.name = name;
  call.out.ok();
}

function runGetName(call: Call): void {
  if (call.connection.name === "") call.out.nil();
  else call.out.bulkText(call.connection.name);
}

function runSetInfo(call: Call): void {
  const { args } = call;
  const attribute = args.lower(2);
  const value = args.latin1(3);
  if (attribute !== "lib-name" && attribute !== "lib-ver") {
    return call.fail(`ERR Unrecognized option '${args.latin1(2)}'`);
  }
  if (!isClientName(value)) {
    return call.fail(`ERR ${attribute} cannot contain spaces, newlines or special characters.`);
  }
  if (attribute === "lib-name") call.connection.libraryName = value;
  else call.connection.libraryVersion = value;
  call.out.ok();
}

function runSwitch(call: Call): void {
  const { args } = call;
  const word = args.lower(2);
  if (word === "on" || word === "off") call.out.ok();
  else call.fail(SYNTAX);
}

/** One line as Redis has it; what has no meaning here is 0. */
function describe(connection: ConnectionPort, nowMs: number, command: string): string {
  const { tracking, subscriptions, transaction } = connection;
  const { channelCount, patternCount } = subscriptions;
  const flags = `${subscriptions.count > 0 ? "P" : ""}${tracking.isOn ? "t" : ""}${tracking.options.broadcast ? "B" : ""}${transaction.isOpen ? "x" : ""}`;
  return [
    `id=${connection.id}`,
    `addr=${connection.remoteAddress}`,
    `laddr=${connection.localAddress}`,
    "fd=0",
    `name=${connection.name}`,
    `age=${Math.floor((nowMs - connection.createdAtMs) / 1_000)}`,
    `idle=${Math.floor(Math.max(0, nowMs - connection.activeAtMs) / 1_000)}`,
    `flags=${flags || "N"}`,
    `db=0 sub=${channelCount} psub=${patternCount} ssub=0 multi=${transaction.isOpen ? transaction.queued.length : -1}`,
    `qbuf=${connection.heldBytes} qbuf-free=0 argv-mem=0 multi-mem=0 rbs=0 rbp=0 obl=${connection.waitingBytes}`,
    `oll=0 omem=0 tot-mem=0 events=r cmd=${command} user=${connection.session.apiKey?.name ?? "(none)"}`,
    `redir=-1 resp=${connection.protocol} lib-name=${connection.libraryName} lib-ver=${connection.libraryVersion}`,
  ].join(" ");
}

function runInfo(call: Call): void {
  const nowMs = call.services.options.clock.nowMs();
  call.out.verbatim(`${describe(call.connection, nowMs, "client|info")}\n`);
}

/** Which connections CLIENT LIST describes. */
interface Listing {
  readonly ids: ReadonlySet<number> | undefined;
  /** Those that subscribe to something, or those that do not. */
  readonly subscribes: boolean | undefined;
  /** The name of the API key whose connections alone are told of. */
  readonly keyName: string | undefined;
  /** Who asks. */
  readonly ownId: number;
}

/** Gives their lines. */
export const CLIENT_LIST: LaneOperation<Listing, string> = {
  name: "client|list",
  run({ connections, options }, { ids, subscribes, keyName, ownId }) {
    const nowMs = options.clock.nowMs();
    let lines = "";
    for (const connection of connections.values()) {
      const { id, session, subscriptions } = connection;
      if (ids !== undefined && !ids.has(id)) continue;
      if (subscribes !== undefined && subscribes !== subscriptions.count > 0) continue;
      if (keyName !== undefined && session.apiKey?.name !== keyName) continue;
      const command = id === ownId ? "client|list" : (connection.commandName ?? "NULL");
      lines += `${describe(connection, nowMs, command)}\n`;
    }
    return lines;
  },
};

/** All connections for an admin, those of the same API key for others. */
function runList(call: Call): MaybePromise<void> {
  const { args } = call;
  let ids: ReadonlySet<number> | undefined;
  let subscribes: boolean | undefined;
  if (args.count > 2) {
    const word = args.lower(2);
    if (word === "id" && args.count > 3) {
      const wanted = new Set<number>();
      for (let i = 3; i < args.count; i++) {
        const id = parseInteger(args.latin1(i));
        if (id === undefined || id < 1n) return call.fail("ERR Invalid client ID");
        wanted.add(Number(id));
      }
      ids = wanted;
    } else if (word === "type" && args.count === 4) {
      const type = args.lower(3);
      if (!["normal", "master", "replica", "slave", "pubsub"].includes(type)) {
        return call.fail(`ERR Unknown client type '${args.latin1(3)}'`);
      }
      if (type === "normal" || type === "pubsub") subscribes = type === "pubsub";
      else ids = new Set();
    } else {
      return call.fail(SYNTAX);
    }
  }
  const { admin, name } = call.session.apiKey!;
  const listing = { ids, subscribes, keyName: admin ? undefined : name, ownId: call.connection.id };
  return call.answer(inAllWorkers(call.services, CLIENT_LIST, listing), (all) =>
    call.out.verbatim(all.join("")),
  );
}

export const CLIENT_COMMAND = container("client", "Manages connections.", [
  row("client|id", 2, "key", "Returns the connection's number.", (call) =>
    call.out.integer(call.connection.id),
  ),
  row("client|info", 2, "key", "Describes the connection.", runInfo),
  row("client|list", -2, "key", "Describes connections.", runList),
  row("client|setname", 3, "key", "Names the connection.", runSetName),
  row("client|getname", 2, "key", "Returns the connection's name.", runGetName),
  row("client|setinfo", 4, "key", "Notes the client's library.", runSetInfo),
  row("client|no-evict", 3, "key", "Accepted; connections are not evicted.", runSwitch),
  row("client|no-touch", 3, "key", "Accepted.", runSwitch),
  row("client|tracking", -3, "key", "Tells the client of changes of what it read.", runTracking),
  row("client|trackinginfo", 2, "key", "Says what the client wants to be told of.", runTrackingInfo),
  row("client|getredir", 2, "key", "Says to which client invalidations are redirected: none.", (call) =>
    call.out.integer(call.tracking.isOn ? 0 : -1),
  ),
  row("client|kill", -3, "admin", "Closes connections.", runKill),
  row("client|pause", -3, "admin", "Has commands wait, all or those that write.", runPause),
  row("client|unpause", 2, "admin", "Ends that.", runUnpause),
  row("client|reply", 3, "key", "Says whether commands are answered.", runReply),
  row("client|caching", 3, "key", "Says whether the next read is to be tracked.", runCaching),
]);
