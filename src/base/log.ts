// Structured logging to stderr: one JSON object a line, or a readable line on a terminal. Cold.

export const LOG_LEVELS = ["debug", "info", "warn", "error", "silent"] as const;

export type LogLevel = (typeof LOG_LEVELS)[number];
type LogValue = string | number | boolean | null | undefined | readonly string[];
export type LogFields = Readonly<Record<string, LogValue>>;

export interface Log {
  /** Lines that could not be written. */
  readonly dropped: number;
  /** Bugs logged so far: `reportBug` counts them. */
  bugs: number;
  /** The least level that is written; it may be changed at any time. */
  level: LogLevel;
  /** Whether lines of `level` are written, for those who would make fields for nothing. */
  writes(level: LogLevel): boolean;
  /** As `info`, and never among the last events that an instance tells: requests by the thousand may cause it. */
  record(event: string, fields?: LogFields): void;
  debug(event: string, fields?: LogFields): void;
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
}

export interface LogOptions {
  /** The least level that is written at first. */
  readonly level: LogLevel;
  readonly isPretty: boolean;
  readonly output: {
    readonly dropped: number;
    /** Takes one whole line, line feed included. */
    write(line: string): void;
  };
  /** Wall-clock milliseconds. */
  readonly wallMs: () => number;
}

export function createLog(options: LogOptions): Log {
  const { output } = options;
  let { level: least } = options;
  const writes = (level: LogLevel) => LOG_LEVELS.indexOf(level) >= LOG_LEVELS.indexOf(least);
  const line = options.isPretty ? prettyLine : jsonLine;
  const at =
    (level: LogLevel) =>
    (event: string, fields: LogFields = {}) => {
      if (writes(level)) output.write(line(new Date(options.wallMs()).toISOString(), level, event, fields));
    };
  const info = at("info");
  return {
    get dropped() {
      return output.dropped;
    },
    bugs: 0,
    get level() {
      return least;
    },
    set level(level) {
      least = level;
    },
    writes,
    record: info,
    debug: at("debug"),
    info,
    warn: at("warn"),
    error: at("error"),
  };
}

function jsonLine(time: string, level: string, event: string, fields: LogFields): string {
  return JSON.stringify({ time, level, event, ...fields }) + "\n";
}

function prettyLine(time: string, level: string, event: string, fields: LogFields): string {
  const rest = Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => ` ${name}=${JSON.stringify(value)}`);
  const text = `${time.slice(11, 23)} ${level.padEnd(5)} ${event}${rest.join("")}`;
  // What a terminal could take for commands; JSON.stringify escapes only those below U+0020.
  return `${text.replace(/[\u007f-\u009f]/g, (char) => `\\u00${char.charCodeAt(0).toString(16)}`)}\n`;
}

/** Discards everything; for tests and benches. */
export const silentLog: Log = {
  dropped: 0,
  bugs: 0,
  level: "silent",
  writes: () => false,
  record() {},
  debug() {},
  info() {},
  warn() {},
  error() {},
};
