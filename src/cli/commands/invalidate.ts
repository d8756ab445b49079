// Command `invalidate`: many entries at once, by key, tag, prefix, or all of them.

import type { Command } from "commander";
import type { InvalidationTarget } from "../../client/client.ts";
import { clientOf } from "../connection.ts";
import { globalsOf, printJson, printLine } from "../output.ts";
import { UsageError } from "../usage-error.ts";

interface InvalidateFlags {
  readonly tag?: readonly string[];
  readonly prefix?: string;
  readonly all?: boolean;
}

const collect = (value: string, values: readonly string[] = []) => [...values, value];

export function addInvalidateCommand(cachee: Command): void {
  cachee
    .command("invalidate [key...]")
    .description("remove the entries of some keys, of a tag, below a prefix, or all of them")
    .option("--tag <tag>", "of this tag; may be given more than once", collect)
    .option("--prefix <prefix>", "whose keys begin with this")
    .option("--all", "all there are (needs a key with the scope admin)")
    .action(async (keys: string[], target: InvalidateFlags, command: Command) => {
      const flags = globalsOf(command);
      const invalidated = await clientOf(flags).invalidate(targetOf(keys, target));
      if (flags.json === true) printJson({ invalidated });
      else printLine(`${invalidated} invalidated`);
    });
}

function targetOf(keys: readonly string[], { tag, prefix, all }: InvalidateFlags): InvalidationTarget {
  const targets: InvalidationTarget[] = [];
  if (keys.length > 0) targets.push({ keys });
  if (tag !== undefined) targets.push({ tags: tag });
  if (prefix !== undefined) targets.push({ prefix });
  if (all === true) targets.push({ all });
  const [target] = targets;
  if (target === undefined || targets.length > 1) {
    throw new UsageError("say exactly one of: keys, --tag, --prefix, --all");
  }
  return target;
}
