// Command `restore`: stores what a dump or a snapshot file has. One that was broken off goes on where it was.

import { rmSync, statSync } from "node:fs";
import type { Command } from "commander";
import { connectionOf } from "../connection.ts";
import { itemsOfFile, itemsOfLines } from "../dump/dump-source.ts";
import { patientTransport } from "../dump/entry-walk.ts";
import { Progress } from "../dump/progress.ts";
import { Restorer } from "../dump/restorer.ts";
import { globalsOf, printJson } from "../output.ts";
import { UsageError } from "../usage-error.ts";

interface RestoreFlags {
  readonly ifAbsent?: boolean;
  readonly fromStart?: boolean;
}

/** What a file has behind its name that tells how far it has been restored. */
const PROGRESS = ".progress";
/** The exit code where the server has refused some entries. */
const EXIT_REFUSED = 1;

export function addRestoreCommand(cachee: Command): void {
  cachee
    .command("restore [file]")
    .description("store what a dump or a snapshot file has, or NDJSON from standard input (`-`)")
    .option("--if-absent", "leave entries that are there as they are")
    .option("--from-start", `do not go on where an earlier run was broken off (FILE${PROGRESS})`)
    .action(async (file: string | undefined, flags: RestoreFlags, command: Command) => {
      const globals = globalsOf(command);
      const connection = connectionOf(globals, process.env);
      const place = file === undefined || file === "-" ? undefined : new Place(file, connection.url);
      if (flags.fromStart === true) place?.forget();
      const from = (await place?.from()) ?? 0;
      const progress = new Progress(place?.bytes, "bytes", place !== undefined);
      const restorer = new Restorer({
        transport: patientTransport(connection),
        ifAbsent: flags.ifAbsent === true,
        refused: (key, reason) => void process.stderr.write(`cachee: ${key}: ${reason}\n`),
        async reached(end) {
          progress.set(end);
          await place?.reached(end);
        },
      });
      try {
        await restore(restorer, file, place === undefined ? undefined : from);
      } finally {
        await restorer.settle();
        progress.stop();
      }
      place?.forget();
      const { stored, skipped, refused } = restorer;
      if (globals.json === true) printJson({ stored, skipped, refused, from });
      else process.stderr.write(`${stored} stored, ${skipped} skipped, ${refused} refused\n`);
      if (refused > 0) process.exitCode = EXIT_REFUSED;
    });
}

async function restore(
  restorer: Restorer,
  file: string | undefined,
  from: number | undefined,
): Promise<void> {
  const items = from === undefined ? itemsOfLines(Bun.stdin.stream()) : itemsOfFile(file!, from);
  let isEnded = false;
  for await (const item of items) {
    if (item.kind === "entry") await restorer.add(item.entry, item.end);
    isEnded = item.kind === "end";
  }
  await restorer.finish();
  if (!isEnded) process.stderr.write("cachee: the dump has no end: it was broken off\n");
}

/** How far a file has been restored to a server, kept beside it. */
class Place {
  readonly bytes: number;
  readonly #path: string;
  /** Names the file's content and the server. */
  readonly #of: string;

  constructor(file: string, url: string) {
    const found = statSync(file, { throwIfNoEntry: false });
    if (found === undefined) throw new UsageError(`${file} is not there`);
    this.bytes = found.size;
    this.#path = file + PROGRESS;
    this.#of = `${url} ${found.size} ${found.mtimeMs}`;
  }

  async from(): Promise<number> {
    try {
      const { of, end } = (await Bun.file(this.#path).json()) as { of?: unknown; end?: unknown };
      return of === this.#of && typeof end === "number" ? end : 0;
    } catch {
      return 0;
    }
  }

  async reached(end: number): Promise<void> {
    await Bun.write(this.#path, JSON.stringify({ of: this.#of, end }));
  }

  forget(): void {
    rmSync(this.#path, { force: true });
  }
}
