// Command `dump`: every entry of a store, L2's too, into a file or to standard output.

import { Option, type Command } from "commander";
import { connectionOf } from "../connection.ts";
import { LinesSink, PART, PipeSink, SnapshotSink, type DumpSink } from "../dump/dump-sink.ts";
import { EntryWalk } from "../dump/entry-walk.ts";
import { Progress } from "../dump/progress.ts";
import { globalsOf, printJson } from "../output.ts";
import { UsageError } from "../usage-error.ts";

interface DumpFlags {
  readonly prefix?: string;
  readonly format?: "ndjson" | "snapshot";
  readonly resume?: boolean;
}

export function addDumpCommand(cachee: Command): void {
  cachee
    .command("dump [file]")
    .description(
      "write every entry to a file, or to standard output (`-`): value, type, tags, expiry, version",
    )
    .option("--prefix <prefix>", "only those whose keys begin with this")
    .addOption(
      new Option(
        "--format <format>",
        "NDJSON, or the file that CACHEE_SNAPSHOT reads (as the name FILE.snapshot says)",
      ).choices(["ndjson", "snapshot"]),
    )
    .option("--resume", `go on with what an earlier dump has left in FILE${PART}`)
    .action(async (file: string | undefined, flags: DumpFlags, command: Command) => {
      const globals = globalsOf(command);
      const connection = connectionOf(globals, process.env);
      const isPipe = file === undefined || file === "-";
      if (isPipe && (flags.resume === true || flags.format === "snapshot"))
        throw new UsageError("--resume and --format snapshot need a file");
      const sink = isPipe ? new PipeSink() : await sinkOf(file, flags);
      const walk = new EntryWalk(connection, flags.prefix ?? "");
      await dump(walk, sink);
      const { entries } = sink;
      if (isPipe) return;
      if (globals.json === true) printJson({ file, entries });
      else process.stderr.write(`${entries} entries\n`);
    });
}

function sinkOf(file: string, { format, resume = false }: DumpFlags): Promise<DumpSink> {
  const isSnapshot = (format ?? (file.endsWith(".snapshot") ? "snapshot" : "ndjson")) === "snapshot";
  return isSnapshot ? SnapshotSink.open(file, resume) : LinesSink.open(file, resume);
}

async function dump(walk: EntryWalk, sink: DumpSink): Promise<void> {
  const progress = new Progress(await walk.total(), "entries", !(sink instanceof PipeSink));
  try {
    let { cursor } = sink;
    let isFirst = true;
    // An earlier run may have ended with its last page.
    while (isFirst || cursor !== "0") {
      isFirst = false;
      const page = await walk.page(cursor);
      for (const entry of page.entries) await sink.add(entry);
      cursor = page.cursor;
      await sink.reached(cursor);
      progress.set(sink.entries);
    }
    await sink.finish();
  } finally {
    progress.stop();
  }
}
