// Numbers with decimals as text, added without losing a digit. Cold.

/** A number: `digits` divided by ten to the power of `scale`. */
export interface Decimal {
  readonly digits: bigint;
  readonly scale: number;
}

const DECIMAL = /^([+-]?)(\d{1,40})?(?:\.(\d{0,40}))?(?:e([+-]?\d{1,2}))?$/i;
const INFINITE = /^[+-]?inf(?:inity)?$/i;

export const NOT_FLOAT = "ERR value is not a valid float";
export const SUM_NOT_FINITE = "ERR increment would produce NaN or Infinity";

/** Decimals that an answer has at most, as Redis prints them. */
const DECIMALS_MAX = 17;

/** The number that `text` spells; nothing: it spells none, or has more digits than anybody means. */
export function parseDecimal(text: string): Decimal | undefined {
  const match = DECIMAL.exec(text);
  if (match === null) return undefined;
  const [, sign, whole = "", fraction = "", exponent = "0"] = match;
  if (whole === "" && fraction === "") return undefined;
  const digits = BigInt(whole + fraction) * (sign === "-" ? -1n : 1n);
  const scale = fraction.length - Number(exponent);
  return scale < 0 ? { digits: digits * 10n ** BigInt(-scale), scale: 0 } : { digits, scale };
}

/** Redis reads this as a number, with which nothing can be counted. */
export function isInfinite(text: string): boolean {
  return INFINITE.test(text);
}

/** The sum of both as Redis prints it: no exponent, no zeros at the end, DECIMALS_MAX decimals at most. */
export function addDecimals(a: Decimal, b: Decimal): string {
  const scale = Math.max(a.scale, b.scale);
  const sum = a.digits * 10n ** BigInt(scale - a.scale) + b.digits * 10n ** BigInt(scale - b.scale);
  return print(
    scale > DECIMALS_MAX ? rounded(sum, scale - DECIMALS_MAX) : sum,
    Math.min(scale, DECIMALS_MAX),
  );
}

/** `digits` without its last `count`, rounded away from zero at the half. */
function rounded(digits: bigint, count: number): bigint {
  const unit = 10n ** BigInt(count);
  const half = digits < 0n ? -unit / 2n : unit / 2n;
  return (digits + half) / unit;
}

function print(digits: bigint, scale: number): string {
  const text = String(digits < 0n ? -digits : digits).padStart(scale + 1, "0");
  const whole = text.slice(0, text.length - scale);
  const fraction = text.slice(text.length - scale).replace(/0+$/, "");
  return `${digits < 0n ? "-" : ""}${whole}${fraction === "" ? "" : `.${fraction}`}`;
}
