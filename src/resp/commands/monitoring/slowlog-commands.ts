// SLOWLOG: the commands that took longest, for operators, since it shows others' keys.

import { parseInteger } from "../../wire/integer.ts";
import type { Call } from "../call.ts";
import type { SlowCommand } from "./slow-log.ts";
import { container, row } from "../rows.ts";

const ENTRIES_SHOWN = 10;

function runGet(call: Call): void {
  const { args, services, out } = call;
  const count = args.count === 3 ? parseInteger(args.latin1(2)) : BigInt(ENTRIES_SHOWN);
  if (count === undefined || args.count > 3 || count < -1n) {
    return call.fail("ERR count should be greater than or equal to -1");
  }
  const { entries } = services.monitoring.slowLog;
  const shown = count < 0n ? entries : entries.slice(0, Number(count));
  out.array(shown.length);
  for (const entry of shown) writeEntry(call, entry);
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

function runReset(call: Call): void {
  call.services.monitoring.slowLog.reset();
  call.out.ok();
}

export const SLOWLOG_COMMAND = container("slowlog", "Tells of commands that took long.", [
  row("slowlog|get", -2, "admin", "Returns the last commands that took long.", runGet),
  row("slowlog|len", 2, "admin", "Counts them.", ({ services, out }) =>
    out.integer(services.monitoring.slowLog.entries.length),
  ),
  row("slowlog|reset", 2, "admin", "Forgets them.", runReset),
]);
