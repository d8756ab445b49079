// What the log says of another history and of an emptied L1: each once, and nothing of what every connection does.

import { expect, test } from "bun:test";
import { silentLog } from "../../src/base/log.ts";
import { HistoryLog } from "../../src/coherence/history-log.ts";

test("another epoch and each emptying are told of, the first tick's own is not", () => {
  const told: unknown[] = [];
  const log = new HistoryLog({ ...silentLog, warn: (event, fields) => told.push([event, fields]) }, 3);
  log.look("a", 1, true);
  log.look("a", 1, false);
  log.look("a", 2, true);
  expect(told).toEqual([]);
  log.look("a", 4, false);
  log.look("b", 5, true);
  log.look("b", 5, false);
  expect(told).toEqual([
    ["l1_emptied", { partition: 3, times: 2 }],
    ["epoch_changed", { partition: 3, epoch: "b" }],
  ]);
});
