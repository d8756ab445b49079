// Structured logging to stderr: one JSON object a line, or a readable line on a terminal. Cold.

export const LOG_LEVELS = ["debug", "info", "warn", "error", "silent"] as const;

export type LogLevel = (typeof LOG_LEVELS)[number];
export type LogFields = Readonly<Record<string, string | number | boolean | null | undefined>>;

export interface Log {
  /** Lines that could not be written. */
  readonly dropped: number;
  debug(event: string, fields?: LogFields): void;
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
}

export interface LogOptions {
  /** The least level that is written. */
  readonly level: LogLevel;
  readonly isPretty: boolean;
  /** Takes one whole line, line feed included. */
  readonly write: (line: string) => void;
  /** Wall-clock milliseconds. */
  readonly wallMs: () => number;
}

export function createLog(options: LogOptions): Log {
  const least = LOG_LEVELS.indexOf(options.level);
  const line = options.isPretty ? prettyLine : jsonLine;
  const at = (level: LogLevel) => {
    if (LOG_LEVELS.indexOf(level) < least) return () => {};
    return (event: string, fields: LogFields = {}) => {
      options.write(line(new Date(options.wallMs()).toISOString(), level, event, fields));
    };
  };
  return { dropped: 0, debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}

function jsonLine(time: string, level: string, event: string, fields: LogFields): string {
  return JSON.stringify({ time, level, event, ...fields }) + "\n";
}

function prettyLine(time: string, level: string, event: string, fields: LogFields): string {
  const rest = Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => ` ${name}=${typeof value === "string" ? JSON.stringify(value) : value}`);
  return `${time.slice(11, 23)} ${level.padEnd(5)} ${event}${rest.join("")}\n`;
}

/** Discards everything; for tests and benches. */
export const silentLog: Log = { dropped: 0, debug() {}, info() {}, warn() {}, error() {} };
