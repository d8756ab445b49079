// SET of a key and a value, nothing else, where it can be done at once. Hot.

import type { Arguments } from "../wire/arguments.ts";
import type { Client } from "../connection/connection.ts";

/** Does the SET in `args`, which has two arguments; `false`: nothing was done, it has to go the whole way. */
export function setPlain(client: Client, args: Arguments): boolean {
  const { lane } = client;
  const { apiKey } = client.session;
  if (apiKey === undefined || !apiKey.write || apiKey.prefix !== "" || client.tracking.isOn) return false;
  const { store, options } = lane;
  if (!options.rateLimit.isOff || !args.isPlainKey(1)) return false;
  const keyStart = args.start(1);
  const keyEnd = args.end(1);
  const valueStart = args.start(2);
  const valueEnd = args.end(2);
  const ttlMs = options.defaultTtlMs;
  const { buffer } = args;
  if (!store.writePlain(buffer, keyStart, keyEnd, valueStart, valueEnd, ttlMs, client.nowMs)) return false;
  client.tally = lane.setTally;
  lane.setTally.calls += 1;
  return true;
}
