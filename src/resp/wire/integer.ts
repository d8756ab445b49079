// Reads integers as Redis does: 64 bits, and exactly one spelling of each (util.c, string2ll). Cold.

export const INT64_MAX = 9_223_372_036_854_775_807n;
export const INT64_MIN = -9_223_372_036_854_775_808n;

const INTEGER = /^(?:0|-?[1-9][0-9]{0,18})$/;

/** The number that `text` spells, or nothing. */
export function parseInteger(text: string): bigint | undefined {
  if (!INTEGER.test(text)) return undefined;
  const value = BigInt(text);
  return value > INT64_MAX || value < INT64_MIN ? undefined : value;
}
