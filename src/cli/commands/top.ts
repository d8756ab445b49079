// Command `top`: how a server is doing, live: rates, hit rate, latencies by lane, the fleet, the hottest keys.

import { InvalidArgumentError, type Command } from "commander";
import { connectionOf } from "../connection.ts";
import { globalsOf, printJson, printLine } from "../output.ts";
import { FiguresSource, type Figures } from "../top/figures.ts";
import { frameOf } from "../top/frame.ts";
import { Screen } from "../top/screen.ts";

interface TopFlags {
  readonly interval: number;
  readonly once?: boolean;
}

const MS = 1_000;

function seconds(text: string): number {
  const value = Number(text);
  if (value >= 0.2 && value <= 3_600) return value;
  throw new InvalidArgumentError("It is not a number of seconds from 0.2 to 3600.");
}

export function addTopCommand(cachee: Command): void {
  cachee
    .command("top")
    .description("show rates, hit rate, latencies by lane, the fleet and the hottest keys; q ends it")
    .option("--interval <seconds>", "from one look to the next", seconds, 2)
    .option("--once", "one look, as text; so it is where standard output is no terminal, too")
    .action(async (flags: TopFlags, command: Command) => {
      const globals = globalsOf(command);
      const source = new FiguresSource(connectionOf(globals, process.env));
      const intervalMs = flags.interval * MS;
      // Rates are what happened between two looks.
      const first = await source.take();
      if (flags.once === true || (globals.json !== true && !process.stdout.isTTY)) {
        await Bun.sleep(intervalMs);
        const figures = await source.take();
        if (globals.json === true) printJson(jsonOf(figures));
        else for (const line of frameOf(figures)) printLine(line);
        return;
      }
      if (globals.json === true) await printForever(source, intervalMs);
      await showUntilQuit(source, first, intervalMs);
    });
}

async function printForever(source: FiguresSource, intervalMs: number): Promise<never> {
  for (;;) {
    await Bun.sleep(intervalMs);
    printJson(jsonOf(await source.take()));
  }
}

async function showUntilQuit(source: FiguresSource, first: Figures, intervalMs: number): Promise<void> {
  const quit = Promise.withResolvers<true>();
  const screen = new Screen(() => quit.resolve(true));
  screen.open();
  try {
    screen.show(frameOf(first));
    while (!(await Promise.race([quit.promise, Bun.sleep(intervalMs)])))
      screen.show(frameOf(await source.take()));
  } finally {
    screen.close();
  }
  process.exit(0);
}

/** Without the answer that the sample was made of. */
function jsonOf({ sample, ...figures }: Figures): object {
  if (sample === undefined) return figures;
  const { at, change, level } = sample;
  return { ...figures, at, change, level };
}
