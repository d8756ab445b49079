// HSCAN and SSCAN: a collection is one record, so one page has it all, as Redis answers for small ones.

import { Refusal, NOT_INTEGER, SYNTAX } from "../../wire/refusal.ts";
import { parseInteger } from "../../wire/integer.ts";
import type { Arguments } from "../../wire/arguments.ts";
import type { Output } from "../../wire/output.ts";
import { compileGlob, PATTERN_TOO_LONG, type Glob } from "../keys/glob.ts";

export interface PageOptions {
  readonly match: Glob | undefined;
  /** HSCAN alone: fields without their values. */
  readonly noValues: boolean;
}

/** Whether `args`' third is a cursor: any number is one. */
export function isCursor(args: Arguments): boolean {
  return /^[+-]?\d{1,20}$/.test(args.latin1(2));
}

export const NO_CURSOR = "ERR invalid cursor";

/** The options behind a cursor. Redis looks at them only where there is something to walk over. */
export function parsePage(args: Arguments, takesNoValues: boolean): PageOptions | Refusal {
  let match: Glob | undefined;
  let noValues = false;
  for (let i = 3; i < args.count; i++) {
    const word = args.lower(i);
    if (word === "novalues" && takesNoValues) {
      noValues = true;
      continue;
    }
    if (i + 1 >= args.count) return new Refusal(SYNTAX);
    i += 1;
    if (word === "match") {
      match = compileGlob(args.latin1(i));
      if (match === undefined) return new Refusal(PATTERN_TOO_LONG);
    } else if (word === "count") {
      const count = parseInteger(args.latin1(i));
      if (count === undefined) return new Refusal(NOT_INTEGER);
      if (count < 1n) return new Refusal(SYNTAX);
    } else return new Refusal(SYNTAX);
  }
  return { match, noValues };
}

/** The last page of a walk, with nothing on it. */
export function writeEmptyPage(out: Output): void {
  out.array(2);
  out.bulkText("0");
  out.array(0);
}
