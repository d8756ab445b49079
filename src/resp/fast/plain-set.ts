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
  const write = lane.plainWrite;
  write.source = args.buffer;
  write.keyStart = args.start(1);
  write.keyEnd = args.end(1);
  write.valueStart = args.start(2);
  write.valueEnd = args.end(2);
  write.ttlMs = options.defaultTtlMs ?? Number.POSITIVE_INFINITY;
  if (!store.writePlain(write, client.nowMs)) return false;
  client.tally = lane.setTally;
  lane.setTally.calls += 1;
  return true;
}
