// The command line as a tree: every command with its arguments and options. Read by main.ts and by the completions.

import { Command } from "commander";
import { version } from "../../package.json";
import { addBenchCommand } from "./commands/bench.ts";
import { addCompletionsCommand } from "./commands/completions.ts";
import { addDoctorCommand } from "./commands/doctor.ts";
import { addDumpCommand } from "./commands/dump.ts";
import { addEntryCommands } from "./commands/entries.ts";
import { addInvalidateCommand } from "./commands/invalidate.ts";
import { addKeygenCommand } from "./commands/keygen.ts";
import { addListingCommands } from "./commands/listing.ts";
import { addRestoreCommand } from "./commands/restore.ts";
import { addTailCommand } from "./commands/tail.ts";
import { addTopCommand } from "./commands/top.ts";

export function program(): Command {
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
  addTopCommand(cachee);
  addTailCommand(cachee);
  addDumpCommand(cachee);
  addRestoreCommand(cachee);
  addKeygenCommand(cachee);
  addDoctorCommand(cachee);
  addBenchCommand(cachee);
  addCompletionsCommand(cachee);
  return cachee;
}
