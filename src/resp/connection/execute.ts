// Runs one command: at once where L1 can answer it, else by way of the command table. Hot.

import type { MaybePromise } from "../../base/maybe-promise.ts";
import type { Call } from "../commands/call.ts";
import type { Command } from "../commands/command.ts";
import { answerGet } from "../fast/gets.ts";
import { mgetPlain } from "../fast/plain-mget.ts";
import { setPlain } from "../fast/plain-set.ts";
import type { RespLane } from "../lane.ts";
import { packName } from "../wire/arguments.ts";
import { checkCommand } from "./check-command.ts";
import { keyCount, KEYS_AT_ONCE, runInParts } from "./run-in-parts.ts";

const GET = packName("get");
const SET = packName("set");
const MGET = packName("mget");

/** Runs the command in `call.args`, which has at least a name; its answer is there when this, or its promise, is done. */
export function execute(lane: RespLane, call: Call): MaybePromise<void> {
  const { args, tracking } = call;
  const packed = args.packedName();
  const { apiKey } = call.session;
  if (packed === GET && args.count === 2 && !tracking.isOn && apiKey !== undefined && apiKey.read) {
    call.counts = lane.get;
    lane.get.calls += 1;
    return answerGet(call, apiKey.prefix);
  }
  if (packed === MGET && args.count > 1 && args.count <= KEYS_AT_ONCE && mgetPlain(lane, call))
    return undefined;
  if (packed === SET && args.count === 3 && setPlain(lane, call)) return call.out.ok();
  const counted = checkCommand(lane, call, packed);
  if (counted === undefined) return undefined;
  counted.calls += 1;
  const { command } = counted;
  if (!tracking.isOn) return runCommand(call, command);
  tracking.begin();
  try {
    return runCommand(call, command);
  } finally {
    tracking.end();
  }
}

function runCommand(call: Call, command: Command): MaybePromise<void> {
  const { parts } = command;
  if (parts === undefined || keyCount(call.args, command) <= KEYS_AT_ONCE) return command.run(call);
  return runInParts(call, command, parts);
}
