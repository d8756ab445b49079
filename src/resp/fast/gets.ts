// Answers plain GETs from L1: one, or as many as come together. Hot.

import { loopWork } from "../../base/loop/loop-work.ts";
import type { MaybePromise } from "../../base/maybe-promise.ts";
import type { Call } from "../commands/call.ts";
import { isCollectionIn } from "../../record/collection.ts";
import type { RespLane } from "../lane.ts";
import type { Parser } from "../wire/parser.ts";
import { readString } from "../commands/read-entry.ts";
import { KEY_TOO_LONG, keyArgument } from "../wire/key-argument.ts";
import { NO_PERM_KEY } from "../wire/refusal.ts";

/** Answers the plain GETs that come next, as far as L1 has their keys; how many those are. */
export function answerGets(lane: RespLane, call: Call, parser: Parser): number {
  const { apiKey } = call.session;
  const { row } = lane;
  const { store, options } = call.services;
  row.to = 0;
  if (apiKey === undefined || !apiKey.read || apiKey.prefix !== "" || call.tracking.isOn) return 0;
  const { transaction, subscriptions } = call.connection;
  if (transaction.isOpen || subscriptions.isRestricting) return 0;
  if (!store.isFresh(call.nowMs)) return 0;
  parser.readGets(row);
  const { starts, ends, count } = row;
  if (count === 0) {
    parser.readSets(row);
    if (row.count > 1) store.engine.prefetch(parser.buffer, row);
    return 0;
  }
  loopWork.is(lane.get.work);
  const { engine } = store;
  const { buffer } = parser;
  if (count > 1) engine.prefetch(buffer, row);
  let done = 0;
  while (done < count && !call.isStalled) {
    const place = engine.seek(buffer, starts[done]!, ends[done]!, call.nowMs);
    if (place === undefined || isCollectionIn(place.bytes, place.start)) break;
    call.value(place.bytes, place.start);
    done += 1;
    if (!call.flushIfFull()) break;
  }
  parser.pass(row, done);
  lane.get.calls += done;
  options.laneTraffic.l1Hits += done;
  return done;
}

/** Answers one GET of a client that may read keys with `prefix`. */
export function answerGet(call: Call, prefix: string): MaybePromise<void> {
  const { args } = call;
  const { store, options } = call.services;
  if (prefix === "" && store.isFresh(call.nowMs)) {
    const place = store.engine.seek(args.buffer, args.start(1), args.end(1), call.nowMs);
    if (place !== undefined && !isCollectionIn(place.bytes, place.start)) {
      options.laneTraffic.l1Hits += 1;
      return call.value(place.bytes, place.start);
    }
  }
  const key = keyArgument(args, 1);
  if (key === undefined) return call.fail(KEY_TOO_LONG);
  if (prefix !== "" && !key.startsWith(prefix)) return call.fail(NO_PERM_KEY);
  return readString(call, key, (record) => (record === undefined ? call.out.nil() : call.value(record)));
}
