// Answers plain GETs from L1: one, or as many as come together. Hot.

import type { MaybePromise } from "../../base/maybe-promise.ts";
import { keyFault } from "../../gate/key.ts";
import type { Arguments } from "../wire/arguments.ts";
import type { Client } from "../connection/connection.ts";
import type { Parser } from "../wire/parser.ts";
import { readEntry } from "../commands/read-entry.ts";
import { NO_PERM_KEY } from "../wire/refusal.ts";

/** Answers the plain GETs that come next, as far as L1 has their keys; how many those are. */
export function answerGets(client: Client, parser: Parser): number {
  const { lane } = client;
  const { apiKey } = client.session;
  const { store, row, options } = lane;
  row.to = 0;
  if (apiKey === undefined || !apiKey.read || apiKey.prefix !== "" || client.tracking.isOn) return 0;
  if (!store.isFresh(client.nowMs)) return 0;
  parser.readGets(row);
  const { starts, ends, count } = row;
  if (count === 0) {
    parser.readSets(row);
    if (row.count > 1) store.engine.prefetch(parser.buffer, row);
    return 0;
  }
  const { engine } = store;
  const { buffer } = parser;
  if (count > 1) engine.prefetch(buffer, row);
  let done = 0;
  while (done < count && !client.isStalled) {
    const place = engine.seek(buffer, starts[done]!, ends[done]!, client.nowMs);
    if (place === undefined) break;
    client.value(place.bytes, place.start);
    done += 1;
    if (client.isFull && !client.flush()) break;
  }
  parser.pass(row, done);
  lane.getTally.calls += done;
  options.traffic.hitsL1 += done;
  return done;
}

/** One GET, whose client may read keys with `prefix`. */
export function answerGet(client: Client, args: Arguments, prefix: string): MaybePromise<void> {
  const { store, options } = client.lane;
  if (prefix === "" && store.isFresh(client.nowMs)) {
    const place = store.engine.seek(args.buffer, args.start(1), args.end(1), client.nowMs);
    if (place !== undefined) {
      options.traffic.hitsL1 += 1;
      return client.value(place.bytes, place.start);
    }
  }
  const key = args.text(1);
  if (prefix !== "" && !key.startsWith(prefix)) return client.fail(NO_PERM_KEY);
  const fault = keyFault(key);
  if (fault !== undefined) return client.fail(`ERR invalid key: ${fault.message}`);
  return readEntry(client, key, (record) => (record === undefined ? client.out.nil() : client.value(record)));
}
