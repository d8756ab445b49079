// SLOWLOG: the commands that took longest, for operators, since it shows others' keys.

import { parseInteger } from "../../wire/integer.ts";
import type { Call } from "../call.ts";
import type { Command } from "../command.ts";
import type { SlowCommand } from "./slow-log.ts";

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

const row = (name: string, arity: number, summary: string, run: Command["run"]): Command => ({
  name: `slowlog|${name}`,
  arity,
  right: "admin",
  summary,
  run,
});

export const SLOWLOG_COMMAND: Command = {
  name: "slowlog",
  arity: -2,
  right: "key",
  summary: "Tells of commands that took long.",
  run: () => undefined,
  subcommands: [
    row("get", -2, "Returns the last commands that took long.", runGet),
    row("len", 2, "Counts them.", ({ services, out }) =>
      out.integer(services.monitoring.slowLog.entries.length),
    ),
    row("reset", 2, "Forgets them.", runReset),
  ],
};
