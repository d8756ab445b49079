// CLIENT KILL: closes connections of the instance, chosen by what they are. For operators.

import type { MaybePromise } from "../../../base/maybe-promise.ts";
import { parseInteger } from "../../wire/integer.ts";
import { Refusal, SYNTAX } from "../../wire/refusal.ts";
import type { Arguments } from "../../wire/arguments.ts";
import type { Call } from "../call.ts";
import type { ConnectionPort } from "../connection-port.ts";
import { inAllWorkers, type LaneOperation } from "../workers/lane-operation.ts";

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

interface Killing {
  readonly filter: Filter;
  /** Who kills. */
  readonly ownId: number;
}

/** Gives how many were closed. */
export const CLIENT_KILL: LaneOperation<Killing, number> = {
  name: "client|kill",
  run({ connections, options }, { filter, ownId }) {
    const nowMs = options.clock.nowMs();
    let killed = 0;
    for (const connection of connections.values()) {
      const isOwn = connection.id === ownId;
      if (!isMeant(filter, connection, nowMs) || (isOwn && filter.skipsOwn)) continue;
      killed += 1;
      // One's own is closed once it has been answered.
      if (isOwn) connection.end();
      else connection.cut("killed");
    }
    return killed;
  },
};

export function runKill(call: Call): MaybePromise<void> {
  const { args, connection, services } = call;
  const isOldForm = args.count === 3;
  const filter = isOldForm
    ? { ...everything(), address: args.latin1(2), skipsOwn: false }
    : parseFilter(args);
  if (filter instanceof Refusal) return call.fail(filter.text);
  const { user } = filter;
  if (user !== undefined && ![...services.options.keyring.keys].some(({ name }) => name === user)) {
    return call.fail(`ERR No such user '${user}'`);
  }
  const counts = inAllWorkers(services, CLIENT_KILL, { filter, ownId: connection.id });
  return call.answer(counts, (all) => {
    const killed = all.reduce((sum, count) => sum + count, 0);
    if (!isOldForm) call.out.integer(killed);
    else if (killed === 0) call.fail("ERR No such client");
    else call.out.ok();
  });
}
