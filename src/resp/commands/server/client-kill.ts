// CLIENT KILL: closes connections of this listener, chosen by what they are. For operators.

import { parseInteger } from "../../wire/integer.ts";
import { Refusal, SYNTAX } from "../../wire/refusal.ts";
import type { Arguments } from "../../wire/arguments.ts";
import type { Call } from "../call.ts";
import type { ConnectionPort } from "../connection-port.ts";

const TYPES: ReadonlySet<string> = new Set(["normal", "master", "replica", "slave", "pubsub"]);

/** What a connection has to be; all of it. */
interface Filter {
  ids: Set<number> | undefined;
  type: string | undefined;
  user: string | undefined;
  address: string | undefined;
  localAddress: string | undefined;
  /** Seconds for which it has been open, at least. */
  ageSeconds: number | undefined;
  skipsOwn: boolean;
}

/** `normal` or `pubsub`. */
function typeOfClient({ subscriptions }: ConnectionPort): string {
  return subscriptions.count > 0 ? "pubsub" : "normal";
}

function everything(): Filter {
  return {
    ids: undefined,
    type: undefined,
    user: undefined,
    address: undefined,
    localAddress: undefined,
    ageSeconds: undefined,
    skipsOwn: true,
  };
}

/** One option with its value; a complaint where it is none. */
function addOption(filter: Filter, word: string, value: string): string | undefined {
  switch (word) {
    case "id": {
      const id = parseInteger(value);
      if (id === undefined || id < 1n) return "ERR client-id should be greater than 0";
      filter.ids ??= new Set();
      filter.ids.add(Number(id));
      return undefined;
    }
    case "type": {
      filter.type = value.toLowerCase();
      return TYPES.has(filter.type) ? undefined : `ERR Unknown client type '${value}'`;
    }
    case "user":
      filter.user = value;
      return undefined;
    case "addr":
      filter.address = value;
      return undefined;
    case "laddr":
      filter.localAddress = value;
      return undefined;
    case "maxage": {
      const seconds = parseInteger(value);
      if (seconds === undefined) return "ERR maxage is not an integer or out of range";
      if (seconds < 1n) return "ERR maxage should be greater than 0";
      filter.ageSeconds = Number(seconds);
      return undefined;
    }
    case "skipme": {
      const isYes = value.toLowerCase() === "yes";
      if (!isYes && value.toLowerCase() !== "no") return SYNTAX;
      filter.skipsOwn = isYes;
      return undefined;
    }
    default:
      return SYNTAX;
  }
}

function parseFilter(args: Arguments): Filter | Refusal {
  const filter = everything();
  for (let i = 2; i < args.count; i += 2) {
    if (i + 1 >= args.count) return new Refusal(SYNTAX);
    const complaint = addOption(filter, args.lower(i), args.latin1(i + 1));
    if (complaint !== undefined) return new Refusal(complaint);
  }
  return filter;
}

function isMeant(filter: Filter, connection: ConnectionPort, nowMs: number): boolean {
  const { ids, type, user, address, localAddress, ageSeconds } = filter;
  if (ids !== undefined && !ids.has(connection.id)) return false;
  if (type !== undefined && typeOfClient(connection) !== type) return false;
  if (user !== undefined && connection.session.apiKey?.name !== user) return false;
  if (address !== undefined && connection.remoteAddress !== address) return false;
  if (localAddress !== undefined && connection.localAddress !== localAddress) return false;
  return ageSeconds === undefined || nowMs - connection.createdAtMs >= ageSeconds * 1_000;
}

export function runKill(call: Call): void {
  const { args, connection: own, services } = call;
  const isOldForm = args.count === 3;
  const filter = isOldForm
    ? { ...everything(), address: args.latin1(2), skipsOwn: false }
    : parseFilter(args);
  if (filter instanceof Refusal) return call.fail(filter.text);
  const { user } = filter;
  if (user !== undefined && ![...services.options.keyring.keys].some(({ name }) => name === user)) {
    return call.fail(`ERR No such user '${user}'`);
  }
  const nowMs = services.options.clock.nowMs();
  let killed = 0;
  for (const connection of services.connections.values()) {
    if (!isMeant(filter, connection, nowMs) || (connection === own && filter.skipsOwn)) continue;
    killed += 1;
    // One's own is closed once it has been answered.
    if (connection === own) connection.end();
    else connection.cut("killed");
  }
  if (!isOldForm) return call.out.integer(killed);
  return killed === 0 ? call.fail("ERR No such client") : call.out.ok();
}
