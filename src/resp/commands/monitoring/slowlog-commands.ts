// SLOWLOG: the commands that took longest, for operators, since it shows others' keys.

import type { MaybePromise } from "../../../base/maybe-promise.ts";
import { parseInteger } from "../../wire/integer.ts";
import type { Call } from "../call.ts";
import type { SlowCommand } from "./slow-log.ts";
import { container, row } from "../rows.ts";
import { inAllWorkers, type LaneOperation } from "../workers/lane-operation.ts";

const ENTRIES_SHOWN = 10;

/** Gives the newest entries, under numbers that no other worker gives. */
export const SLOWLOG_GET: LaneOperation<{ readonly most: number }, readonly SlowCommand[]> = {
  name: "slowlog|get",
  run({ monitoring, options }, { most }) {
    return monitoring.slowLog.entries.slice(0, most).map((entry) => numbered(entry, options.otherWorkers));
  },
};

function numbered(entry: SlowCommand, { index, count } = { index: 0, count: 1 }): SlowCommand {
  return { ...entry, id: entry.id * count + index };
}

export const SLOWLOG_LEN: LaneOperation<null, number> = {
  name: "slowlog|len",
  run: ({ monitoring }) => monitoring.slowLog.entries.length,
};

export const SLOWLOG_RESET: LaneOperation<null, true> = {
  name: "slowlog|reset",
  run({ monitoring }) {
    monitoring.slowLog.reset();
    return true;
  },
};

function runGet(call: Call): MaybePromise<void> {
  const { args, services } = call;
  const count = args.count === 3 ? parseInteger(args.latin1(2)) : BigInt(ENTRIES_SHOWN);
  if (count === undefined || args.count > 3 || count < -1n) {
    return call.fail("ERR count should be greater than or equal to -1");
  }
  const { entriesMax } = services.monitoring.slowLog;
  const most = count < 0n ? entriesMax : Math.min(Number(count), entriesMax);
  return call.answer(inAllWorkers(services, SLOWLOG_GET, { most }), (logs) => {
    const shown = logs
      .flat()
      .sort((a, b) => b.atWallMs - a.atWallMs || b.id - a.id)
      .slice(0, most);
    call.out.array(shown.length);
    for (const entry of shown) writeEntry(call, entry);
  });
}

function writeEntry({ out }: Call, { id, atWallMs, us, words, address, clientName }: SlowCommand): void {
  out.array(6);
  out.integer(id);
  out.integer(Math.floor(atWallMs / 1_000));
  out.integer(us);
  out.array(words.length);
  for (const word of words) out.bulk(word, 0, word.length);
  out.bulkText(address);
  out.bulkText(clientName);
}

function runLen(call: Call): MaybePromise<void> {
  const { services } = call;
  return call.answer(inAllWorkers(services, SLOWLOG_LEN, null), (lengths) => {
    const length = lengths.reduce((sum, each) => sum + each, 0);
    call.out.integer(Math.min(length, services.monitoring.slowLog.entriesMax));
  });
}

function runReset(call: Call): MaybePromise<void> {
  return call.answer(inAllWorkers(call.services, SLOWLOG_RESET, null), () => call.out.ok());
}

export const SLOWLOG_COMMAND = container("slowlog", "Tells of commands that took long.", [
  row("slowlog|get", -2, "admin", "Returns the last commands that took long.", runGet),
  row("slowlog|len", 2, "admin", "Counts them.", runLen),
  row("slowlog|reset", 2, "admin", "Forgets them.", runReset),
]);
