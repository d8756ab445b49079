// FUNCTION: no functions are kept, and what asks for them, or has them forgotten, is told so.

import type { Call } from "../call.ts";
import { container, row } from "../rows.ts";

function runFlush(call: Call): void {
  const { args } = call;
  if (args.count > 3 || (args.count === 3 && !["sync", "async"].includes(args.lower(2)))) {
    return call.fail("ERR FUNCTION FLUSH only supports SYNC|ASYNC option");
  }
  call.out.ok();
}

export const FUNCTION_COMMAND = container("function", "Tells of functions, of which there are none.", [
  row("function|flush", -2, "admin", "Forgets all functions, of which there are none.", runFlush),
  row("function|list", -2, "read", "Lists functions, of which there are none.", ({ out }) => out.array(0)),
]);
