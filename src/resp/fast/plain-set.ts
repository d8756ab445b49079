// SET of a key and a value, nothing else, where it can be done at once. Hot.

import type { RespLane } from "../lane.ts";
import type { Call } from "../commands/call.ts";

/** Does the SET in `call.args`, which has two arguments; `false`: nothing was done, it has to go the whole way. */
export function setPlain(lane: RespLane, call: Call): boolean {
  const { args } = call;
  const { apiKey } = call.session;
  if (apiKey === undefined || !apiKey.write || apiKey.prefix !== "" || call.tracking.isOn) return false;
  const { store, options } = lane;
  if (!options.rateLimit.isOff || !args.isPlainKey(1)) return false;
  const write = lane.plainWrite;
  write.source = args.buffer;
  write.keyStart = args.start(1);
  write.keyEnd = args.end(1);
  write.valueStart = args.start(2);
  write.valueEnd = args.end(2);
  write.ttlMs = options.defaultTtlMs ?? Number.POSITIVE_INFINITY;
  if (!store.writePlain(write, call.nowMs)) return false;
  call.counts = lane.set;
  lane.set.calls += 1;
  return true;
}
