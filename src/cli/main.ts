// The command line `cachee`: its commands, and what their failures are to a shell. Run by launch.ts; nothing imports it.

import { Command, CommanderError } from "commander";
import { version } from "../../package.json";
import { CacheeClientError } from "../client/client.ts";
import { addBenchCommand } from "./commands/bench.ts";
import { addDoctorCommand } from "./commands/doctor.ts";
import { addEntryCommands } from "./commands/entries.ts";
import { addInvalidateCommand } from "./commands/invalidate.ts";
import { addListingCommands } from "./commands/listing.ts";
import { addKeygenCommand } from "./commands/keygen.ts";
import { EXIT_USAGE, UsageError } from "./usage-error.ts";

/** sysexits.h: EX_UNAVAILABLE, EX_SOFTWARE, EX_NOPERM. */
const EXIT_UNAVAILABLE = 69;
const EXIT_SOFTWARE = 70;
const EXIT_NO_PERMISSION = 77;

function program(): Command {
  const cachee = new Command("cachee")
    .description("A cache server that answers hits from its own memory, and the tools for it.")
    .version(version)
    .option("--url <url>", "the server's address (CACHEE_URL, or http://127.0.0.1:3000)")
    .option("--key <key>", "the API key (CACHEE_KEY)")
    .option("--config <file>", "a JSON file with url and key (~/.config/cachee/config.json)")
    .option("--json", "answer in JSON")
    .showHelpAfterError("(see cachee --help)")
    .exitOverride();
  cachee
    .command("serve")
    .description("start a server; its settings are environment variables: cachee serve --help")
    .helpOption(false);
  addEntryCommands(cachee);
  addListingCommands(cachee);
  addInvalidateCommand(cachee);
  addKeygenCommand(cachee);
  addDoctorCommand(cachee);
  addBenchCommand(cachee);
  return cachee;
}

function exitCodeOf(thrown: unknown): number {
  if (thrown instanceof UsageError) return EXIT_USAGE;
  if (!(thrown instanceof CacheeClientError)) return EXIT_SOFTWARE;
  if (thrown.isUnavailable) return EXIT_UNAVAILABLE;
  if (thrown.status === 401 || thrown.status === 403) return EXIT_NO_PERMISSION;
  return 1;
}

function fail(thrown: unknown): never {
  const code = thrown instanceof CacheeClientError ? ` (${thrown.code})` : "";
  process.stderr.write(`cachee: ${thrown instanceof Error ? thrown.message : String(thrown)}${code}\n`);
  process.exit(exitCodeOf(thrown));
}

try {
  await program().parseAsync();
} catch (thrown) {
  if (!(thrown instanceof CommanderError)) fail(thrown);
  // Commander has said what there is to say; its own code for what was asked for, such as --help, is 0.
  process.exitCode = thrown.exitCode === 0 ? 0 : EXIT_USAGE;
}
