// Runs one command: at once where L1 can answer it, else by way of the command table. Hot.

import type { MaybePromise } from "../../base/maybe-promise.ts";
import type { Call } from "../commands/call.ts";
import { answerGet } from "../fast/gets.ts";
import { mgetPlain } from "../fast/plain-mget.ts";
import { setPlain } from "../fast/plain-set.ts";
import type { RespLane } from "../lane.ts";
import { packName } from "../wire/arguments.ts";
import { checkCommand } from "./check-command.ts";

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
  if (packed === MGET && args.count > 1 && mgetPlain(lane, call)) return undefined;
  if (packed === SET && args.count === 3 && setPlain(lane, call)) return call.out.ok();
  const counted = checkCommand(lane, call, packed);
  if (counted === undefined) return undefined;
  counted.calls += 1;
  if (!tracking.isOn) return counted.command.run(call);
  tracking.begin();
  try {
    return counted.command.run(call);
  } finally {
    tracking.end();
  }
}
