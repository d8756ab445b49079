// Has the log told of commands that change something: of those by operators' API keys, and of FLUSHALL. Warm.

import type { ApiKey } from "../../auth/api-key.ts";
import { audit, isOperator, type ChangeTarget } from "../../base/audit.ts";
import { AUDITED_NAMES_MAX } from "../../base/limits.ts";
import type { Arguments } from "../wire/arguments.ts";
import type { Call } from "./call.ts";
import type { CommandShape } from "./command-shape.ts";
import { keyCount } from "./key-count.ts";

/**
 * The API key by which `auditCommand` is to be called once the command has been answered, when the connection may have
 * another; none: the command is not told of.
 */
export function auditedAuthor(call: Call, command: CommandShape): ApiKey | undefined {
  const { right, removesAll, isPubsub } = command;
  if (isPubsub === true) return undefined;
  if (right !== "write" && right !== "both" && removesAll !== true) return undefined;
  const { apiKey } = call.session;
  if (apiKey === undefined || (removesAll !== true && !isOperator(apiKey))) return undefined;
  return call.services.options.log.writes("info") ? apiKey : undefined;
}

/** Tells of the command that `call` has just answered; its arguments are still there. */
export function auditCommand(call: Call, command: CommandShape, author: ApiKey): void {
  const { log, laneTraffic } = call.services.options;
  audit(log, author, {
    lane: laneTraffic.lane,
    operation: command.name,
    target: targetOf(call.args, command),
    outcome: call.refusal ?? "done",
  });
}

function targetOf(args: Arguments, command: CommandShape): ChangeTarget {
  if (command.removesAll === true || command.keys === undefined) return { kind: "all" };
  const [first, , step] = command.keys;
  const count = keyCount(args, command);
  const keys: string[] = [];
  for (let n = 0; n < count && n < AUDITED_NAMES_MAX; n++) keys.push(args.text(first + n * step));
  return { kind: "keys", keys, count };
}
