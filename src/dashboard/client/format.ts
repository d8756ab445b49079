// Figures as people read them: counts, bytes, latencies, ages. A figure that is not known is a dash.

export const UNKNOWN = "–";

type Maybe = number | null | undefined;

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const short = new Intl.NumberFormat("en", { notation: "compact", maximumSignificantDigits: 3 });

const known = (value: Maybe): value is number => typeof value === "number" && Number.isFinite(value);

/** Three significant digits, without an exponent. */
function digits(value: number): string {
  const decimals = value === 0 || value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return value.toFixed(decimals);
}

/** Whole to 99,999; above it short, as `1.23M`. */
export function count(value: Maybe): string {
  if (!known(value)) return UNKNOWN;
  return value < 100_000 ? whole.format(value) : short.format(value);
}

/** A rate per second: with a decimal while it is small. */
export function rate(value: Maybe): string {
  if (!known(value)) return UNKNOWN;
  return value > 0 && value < 9.95 ? value.toFixed(1) : count(value);
}

const BYTE_UNITS = ["B", "KiB", "MiB", "GiB", "TiB"];

export function bytes(value: Maybe): string {
  if (!known(value)) return UNKNOWN;
  let unit = 0;
  let scaled = value;
  while (scaled >= 1_000 && unit < BYTE_UNITS.length - 1) {
    scaled /= 1_024;
    unit++;
  }
  return `${unit === 0 ? String(value) : digits(scaled)} ${BYTE_UNITS[unit]}`;
}

/** Microseconds in the unit that suits them. */
export function latency(us: Maybe): string {
  if (!known(us)) return UNKNOWN;
  if (us < 1) return `${Math.round(us * 1_000)} ns`;
  if (us < 1_000) return `${digits(us)} µs`;
  return us < 1e6 ? `${digits(us / 1_000)} ms` : `${digits(us / 1e6)} s`;
}

/** What binary fractions may lack: 0.57 is 56.999…%. */
const ROUNDING = 1e-6;

/** A share in [0, 1]; never rounded up to 100 %. */
export function percent(share: Maybe): string {
  if (!known(share)) return UNKNOWN;
  const value = share * 100;
  const decimals = value === 100 || value === 0 ? 0 : value >= 99 ? 2 : 1;
  return `${(Math.floor(value * 10 ** decimals + ROUNDING) / 10 ** decimals).toFixed(decimals)} %`;
}

const SPANS = [
  [86_400, "d"],
  [3_600, "h"],
  [60, "min"],
  [1, "s"],
] as const;

/** Its two largest units: `3 d 4 h`. */
export function span(seconds: Maybe): string {
  if (!known(seconds)) return UNKNOWN;
  let left = Math.max(0, Math.floor(seconds));
  const parts: string[] = [];
  for (const [size, unit] of SPANS) {
    const n = Math.floor(left / size);
    left -= n * size;
    if (n > 0 || parts.length > 0) parts.push(`${n} ${unit}`);
    if (parts.length === 2) break;
  }
  return parts.length === 0 ? "0 s" : parts.join(" ");
}

const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });

const date = new Intl.DateTimeFormat("en-GB", {
  day: "numeric",
  month: "short",
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
});

export function dateAndTime(moment: Date): string {
  return date.format(moment);
}

/** The time of day, by the reader's clock. */
export function timeOfDay(seconds: number): string {
  return clock.format(seconds * 1_000);
}
