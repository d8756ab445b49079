// Keys of a command that says itself how many follow, as EVAL and SINTERCARD do.

import { takeKeys } from "../../connection/take-keys.ts";
import { parseInteger } from "../../wire/integer.ts";
import type { Call } from "../call.ts";
import type { CommandShape } from "../command-shape.ts";

export interface CountComplaints {
  readonly notInteger: string;
  readonly tooFew: string;
  readonly tooMany: string;
}

/**
 * Reads the keys behind argument `at`, which is their number, into `call.keys`; gives the number, or nothing when that
 * or a key was refused, which is answered then.
 */
export function takeCountedKeys(
  call: Call,
  shape: CommandShape,
  at: number,
  least: number,
  complaints: CountComplaints,
): number | undefined {
  const { args } = call;
  const count = parseInteger(args.latin1(at));
  if (count === undefined) call.fail(complaints.notInteger);
  else if (count < least) call.fail(complaints.tooFew);
  else if (count > args.count - at - 1) call.fail(complaints.tooMany);
  else if (takeKeys(call, { ...shape, keys: [at + 1, at, 1] }, 0, Number(count))) return Number(count);
  return undefined;
}
