// The error codes of all lanes for the texts of RESP's errors: what refusals are counted under. Cold.

import { TOO_LARGE } from "./refusal.ts";

const CODES: ReadonlyMap<string, string> = new Map([[TOO_LARGE.text, "value_too_large"]]);

/** By what the text begins with, the first that fits. */
const CODES_BY_START: readonly (readonly [start: string, code: string])[] = [
  ["NOAUTH", "unauthorized"],
  ["WRONGPASS", "unauthorized"],
  ["NOPERM", "forbidden"],
  ["WRONGTYPE", "wrong_type"],
  ["ERR rate limit", "rate_limited"],
  ["ERR overloaded", "overloaded"],
  ["ERR the shared cache does not answer", "l2_unavailable"],
  ["ERR invalid key", "bad_key"],
  ["ERR the value is larger", "value_too_large"],
];

export function refusalCodeOf(text: string): string {
  const code = CODES.get(text) ?? CODES_BY_START.find(([start]) => text.startsWith(start))?.[1];
  return code ?? "bad_command";
}
