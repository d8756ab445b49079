// Numbers of Lua's as text. Pure.

/** As Redis writes a number that a script gives to a command: `%.17g`. */
export function numberText(number: number): string {
  if (Number.isInteger(number) && Math.abs(number) < 1e17) return String(number);
  if (!Number.isFinite(number)) return Number.isNaN(number) ? "nan" : number > 0 ? "inf" : "-inf";
  const text = number.toPrecision(17);
  if (text.includes("e")) {
    const [digits, exponent] = text.split("e") as [string, string];
    const places = exponent.slice(1).padStart(2, "0");
    return `${digits.includes(".") ? digits.replace(/\.?0+$/, "") : digits}e${exponent[0]}${places}`;
  }
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}
