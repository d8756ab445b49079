// The kinds of value that a setting may have: how each is read, and what a bad one is told. Cold.

import { LOG_LEVELS, type LogLevel } from "../log.ts";
import { parseSize } from "./size.ts";

export interface SettingType<T> {
  /** What the text must be, as the end of the sentence "NAME must be …". */
  readonly form: string;
  /** The text may hold a password: complaints do not repeat it. */
  readonly isSecret?: boolean;
  /** The value; `undefined` for a text of another form. `memoryBytes`: what shares such as `25%` are of. */
  read(text: string, memoryBytes: number): T | undefined;
}

export const text: SettingType<string> = { form: "a text", read: (given) => given };

/** A text that complaints do not repeat. */
export const secret: SettingType<string> = { ...text, isSecret: true };

export const onOff: SettingType<boolean> = {
  form: "one of off, on",
  read: (given) => (given === "on" ? true : given === "off" ? false : undefined),
};

export const port = integer(0, 65_535);

/** A name; `random` makes one up. */
export const instanceName: SettingType<string> = {
  form: "1 to 128 letters, digits, or any of _ . : -",
  read(given) {
    if (given === "random") return crypto.randomUUID();
    return /^[A-Za-z0-9_.:-]{1,128}$/.test(given) ? given : undefined;
  },
};

export const redisUrls: SettingType<readonly string[]> = {
  form:
    "redis:// or rediss:// URLs, with the number of a database for a path if any and no parameter but sentinel, " +
    "separated by commas",
  isSecret: true,
  read: (given) => listOf(given, isRedisUrl),
};

function isRedisUrl(url: string): boolean {
  if (!/^rediss?:\/\//.test(url) || !URL.canParse(url)) return false;
  const { pathname, hostname, searchParams, hash } = new URL(url);
  const isPlain = hash === "" && [...searchParams.keys()].every((name) => name === "sentinel");
  return isPlain && hostname !== "" && /^(?:\/\d{0,5})?$/.test(pathname);
}

export const origins: SettingType<readonly string[]> = {
  form: "* or origins such as https://app.example, separated by commas",
  read: (given) =>
    listOf(given, (origin) => origin === "*" || (URL.canParse(origin) && new URL(origin).origin === origin)),
};

export const workerCount: SettingType<number | "auto"> = {
  form: "auto or a whole number from 1 to 256",
  read: (given, memoryBytes) => (given === "auto" ? "auto" : integer(1, 256).read(given, memoryBytes)),
};

export interface LogSetting {
  readonly level: LogLevel;
  readonly isPretty: boolean;
}

export const logSetting: SettingType<LogSetting> = {
  form: `one of ${LOG_LEVELS.join(", ")}, pretty`,
  read(given) {
    if (given === "pretty") return { level: "info", isPretty: true };
    const level = LOG_LEVELS.find((one) => one === given);
    return level === undefined ? undefined : { level, isPretty: process.stderr.isTTY };
  },
};

export function integer(min: number, max: number): SettingType<number> {
  return {
    form: `a whole number from ${min} to ${max}`,
    read(given) {
      const value = Number(given);
      return /^\d+$/.test(given) && value >= min && value <= max ? value : undefined;
    },
  };
}

/** Seconds with any number of decimals; the value is in ms. */
export function seconds(max: number): SettingType<number> {
  return {
    form: `seconds above 0, at most ${max}`,
    read(given) {
      const value = Number(given);
      return /^\d+(\.\d+)?$/.test(given) && value > 0 && value <= max ? value * 1_000 : undefined;
    },
  };
}

/** Bytes. */
export function size(min: number, max: number): SettingType<number> {
  return {
    form: `a size such as 64mb, from ${min} to ${max} bytes`,
    read: (given) => inRange(parseSize(given), min, max),
  };
}

/** Bytes, or a share of the memory that there is. */
export function sizeOrShare(min: number): SettingType<number> {
  return {
    form: `a size such as 64mb or a share of memory such as 25%, at least ${min} bytes`,
    read: (given, memoryBytes) => inRange(parseSize(given, memoryBytes), min, Number.MAX_SAFE_INTEGER),
  };
}

export function choice<const T extends string>(choices: readonly T[]): SettingType<T> {
  return {
    form: `one of ${choices.join(", ")}`,
    read: (given) => choices.find((one) => one === given),
  };
}

function inRange(value: number | undefined, min: number, max: number): number | undefined {
  return value !== undefined && value >= min && value <= max ? value : undefined;
}

/** The comma-separated parts of `given`, unless one of them is not `isRight`. */
function listOf(given: string, isRight: (part: string) => boolean): readonly string[] | undefined {
  const parts = given
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");
  return parts.every(isRight) ? parts : undefined;
}
