// INFO, TIME: what tools ask of a server.

import type { Call } from "../call.ts";
import type { Command } from "../command.ts";
import { runInfo } from "../monitoring/info.ts";

function runTime({ out }: Call): void {
  const us = Math.trunc((performance.timeOrigin + performance.now()) * 1_000);
  out.array(2);
  out.bulkText(String(Math.floor(us / 1e6)));
  out.bulkText(String(us % 1e6));
}

const row = (name: string, arity: number, summary: string, run: Command["run"]): Command => ({
  name,
  arity,
  right: "key",
  summary,
  run,
});

export const SERVER_COMMANDS: readonly Command[] = [
  row("info", -1, "Describes the server.", runInfo),
  row("time", 1, "Returns the time in seconds and microseconds.", runTime),
];
