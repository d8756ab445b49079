// CLIENT PAUSE, UNPAUSE and REPLY: whether commands wait, and whether they are answered.

import type { MaybePromise } from "../../../base/maybe-promise.ts";
import { parseInteger } from "../../wire/integer.ts";
import { SYNTAX } from "../../wire/refusal.ts";
import type { Call } from "../call.ts";
import { inAllWorkers, type LaneOperation } from "../workers/lane-operation.ts";

interface Pausing {
  readonly ms: number;
  readonly holdsAll: boolean;
}

export const CLIENT_PAUSE: LaneOperation<Pausing, true> = {
  name: "client|pause",
  run({ pause, options }, { ms, holdsAll }) {
    pause.begin(ms, holdsAll, options.clock.nowMs());
    return true;
  },
};

export const CLIENT_UNPAUSE: LaneOperation<null, true> = {
  name: "client|unpause",
  run({ pause }) {
    pause.end();
    return true;
  },
};

export function runPause(call: Call): MaybePromise<void> {
  const { args, services } = call;
  const ms = parseInteger(args.latin1(2));
  if (ms === undefined) return call.fail("ERR timeout is not an integer or out of range");
  if (ms < 0n) return call.fail("ERR timeout is negative");
  const mode = args.count > 3 ? args.lower(3) : "all";
  if (args.count > 4 || (mode !== "all" && mode !== "write")) {
    return call.fail("ERR CLIENT PAUSE mode must be WRITE or ALL");
  }
  const pausing = { ms: Number(ms), holdsAll: mode === "all" };
  return call.answer(inAllWorkers(services, CLIENT_PAUSE, pausing), () => call.out.ok());
}

export function runUnpause(call: Call): MaybePromise<void> {
  return call.answer(inAllWorkers(call.services, CLIENT_UNPAUSE, null), () => call.out.ok());
}

/** ON is answered, OFF and SKIP are not. */
export function runReply(call: Call): void {
  switch (call.args.lower(2)) {
    case "on":
      call.answerAll();
      return call.out.ok();
    case "off":
      return call.answerNone(Number.POSITIVE_INFINITY);
    case "skip":
      // This command, and the next.
      return call.answerNone(2);
    default:
      return call.fail(SYNTAX);
  }
}
