// The command line `cachee`: runs a command, and tells a shell of its failure. Run by launch.ts; nothing imports it.

import { CommanderError } from "commander";
import { CacheeClientError } from "../client/client.ts";
import { program } from "./program.ts";
import { EXIT_USAGE, UsageError } from "./usage-error.ts";

/** sysexits.h: EX_UNAVAILABLE, EX_SOFTWARE, EX_NOPERM. */
const EXIT_UNAVAILABLE = 69;
const EXIT_SOFTWARE = 70;
const EXIT_NO_PERMISSION = 77;

function exitCodeOf(thrown: unknown): number {
  if (thrown instanceof UsageError) return EXIT_USAGE;
  if (!(thrown instanceof CacheeClientError)) return EXIT_SOFTWARE;
  if (thrown.code === "bad_key") return EXIT_USAGE;
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
