// MGET from L1, without a string for any key. Hot.

import { RESP_AT_ONCE_BYTES } from "../../base/limits.ts";
import { KEY_ROW_MAX } from "../../cache/key-row.ts";
import { isCollectionIn } from "../../record/collection.ts";
import { bodyBytes, bodyStart } from "../../record/in-place.ts";
import type { RespLane } from "../lane.ts";
import type { Call } from "../commands/call.ts";

/** Does the MGET in `call.args`, which has arguments; `false`: nothing was done, it has to go the whole way. */
export function mgetPlain(lane: RespLane, call: Call): boolean {
  const { args, nowMs, out } = call;
  const { apiKey } = call.session;
  const { row } = lane;
  const { store, options } = call.services;
  if (apiKey === undefined || !apiKey.read || apiKey.prefix !== "" || call.tracking.isOn) return false;
  if (!store.isFresh(nowMs) || !options.rateLimit.isOff) return false;
  const { buffer, count } = args;
  const { engine } = store;
  const before = out.length;
  out.array(count - 1);
  let misses = 0;
  for (let i = 1; i < count; i++) {
    if (i % KEY_ROW_MAX === 1) {
      row.count = Math.min(KEY_ROW_MAX, count - i);
      for (let j = 0; j < row.count; j++) {
        row.starts[j] = args.start(i + j);
        row.ends[j] = args.end(i + j);
      }
      engine.prefetch(buffer, row);
    }
    const place = engine.seek(buffer, args.start(i), args.end(i), nowMs);
    if (place !== undefined && !isCollectionIn(place.bytes, place.start)) {
      const { bytes, start } = place;
      const size = bodyBytes(bytes, start);
      if (call.hasRoomFor(size)) {
        out.bulk(bytes, bodyStart(bytes, start), size);
        if (out.length - before <= RESP_AT_ONCE_BYTES) continue;
      }
    } else if (store.isEmbedded && args.isPlainKey(i)) {
      misses += 1;
      out.nil();
      continue;
    }
    out.length = before;
    return false;
  }
  call.counts = lane.mget;
  lane.mget.calls += 1;
  options.laneTraffic.l1Hits += count - 1 - misses;
  options.laneTraffic.misses += misses;
  return true;
}
