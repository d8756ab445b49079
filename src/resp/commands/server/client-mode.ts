// CLIENT PAUSE, UNPAUSE and REPLY: whether commands wait, and whether they are answered.

import { parseInteger } from "../../wire/integer.ts";
import { SYNTAX } from "../../wire/refusal.ts";
import type { Call } from "../call.ts";

export function runPause(call: Call): void {
  const { args, services } = call;
  const ms = parseInteger(args.latin1(2));
  if (ms === undefined) return call.fail("ERR timeout is not an integer or out of range");
  if (ms < 0n) return call.fail("ERR timeout is negative");
  const mode = args.count > 3 ? args.lower(3) : "all";
  if (args.count > 4 || (mode !== "all" && mode !== "write")) {
    return call.fail("ERR CLIENT PAUSE mode must be WRITE or ALL");
  }
  services.pause.begin(Number(ms), mode === "all", services.options.clock.nowMs());
  call.out.ok();
}

export function runUnpause({ services, out }: Call): void {
  services.pause.end();
  out.ok();
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
