// Reads expiry times as Redis does: seconds or milliseconds, from now or from the epoch, in 64 bits. Cold.
//
// Of what Redis takes, only what no Date can hold is refused, in Redis's words for a time that overflows.

import { EXPIRY_WALL_MS_MAX } from "../../../base/limits.ts";
import { INT64_MAX, INT64_MIN, parseInteger } from "../../wire/integer.ts";
import { NOT_INTEGER, Refusal } from "../../wire/refusal.ts";

const EXPIRY_MAX = BigInt(EXPIRY_WALL_MS_MAX);

export type ExpiryOption = "ex" | "px" | "exat" | "pxat";

export interface ExpiryUnit {
  readonly isSeconds: boolean;
  /** Counted from now, not from the epoch. */
  readonly isRelative: boolean;
}

export const EXPIRY_UNITS: Readonly<Record<ExpiryOption, ExpiryUnit>> = {
  ex: { isSeconds: true, isRelative: true },
  px: { isSeconds: false, isRelative: true },
  exat: { isSeconds: true, isRelative: false },
  pxat: { isSeconds: false, isRelative: false },
};

/** Wall ms of an expiry that has to lie above 0; `command` is named in the complaint. */
export function positiveExpiry(
  text: string,
  unit: ExpiryUnit,
  wallMs: number,
  command: string,
): number | Refusal {
  const given = parseInteger(text);
  if (given === undefined) return new Refusal(NOT_INTEGER);
  if (given <= 0n) return invalidExpiry(command);
  return expiryOf(given, unit, wallMs, command);
}

/** Wall ms of any expiry; one in the past is one, too. */
export function anyExpiry(text: string, unit: ExpiryUnit, wallMs: number, command: string): number | Refusal {
  const given = parseInteger(text);
  return given === undefined ? new Refusal(NOT_INTEGER) : expiryOf(given, unit, wallMs, command);
}

function expiryOf(given: bigint, unit: ExpiryUnit, wallMs: number, command: string): number | Refusal {
  const ms = unit.isSeconds ? given * 1_000n : given;
  if (ms > INT64_MAX || ms < INT64_MIN) return invalidExpiry(command);
  const atMs = unit.isRelative ? ms + BigInt(Math.trunc(wallMs)) : ms;
  return atMs > EXPIRY_MAX ? invalidExpiry(command) : Number(atMs);
}

function invalidExpiry(command: string): Refusal {
  return new Refusal(`ERR invalid expire time in '${command}' command`);
}
