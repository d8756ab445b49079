// Reads sizes as settings give them: `64mb`, `4gb`, or a share of memory, `25%`. Cold.

const UNITS: Readonly<Record<string, number>> = {
  b: 1,
  kb: 1024,
  mb: 1024 ** 2,
  gb: 1024 ** 3,
  tb: 1024 ** 4,
};

/**
 * Bytes meant by `text`: a number with an optional unit (`b`, `kb`, `mb`, `gb`, `tb`; powers of 1024), or a
 * percentage of `wholeBytes` where that is given. Nothing when it is neither.
 */
export function parseSize(text: string, wholeBytes?: number): number | undefined {
  const share = /^(\d{1,3}(?:\.\d+)?)%$/.exec(text.trim());
  if (share !== null) {
    const percent = Number(share[1]);
    if (wholeBytes === undefined || percent <= 0 || percent > 100) return undefined;
    return Math.floor((wholeBytes * percent) / 100);
  }
  const size = /^(\d+(?:\.\d+)?)\s*([kmgt]?i?b?)$/i.exec(text.trim());
  if (size === null) return undefined;
  const unit = size[2]!.toLowerCase().replace("i", "");
  const factor = UNITS[unit === "" ? "b" : unit.length === 1 && unit !== "b" ? `${unit}b` : unit];
  const bytes = factor === undefined ? Number.NaN : Math.floor(Number(size[1]) * factor);
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}
