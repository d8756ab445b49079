// An instance's entry in the registry: its name, address and version, written with each heartbeat. Entries of others are not trusted.

import { objectOf } from "./load.ts";

export interface Member {
  readonly id: string;
  readonly host: string;
  readonly port: number;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly version: string;
  readonly workers: number;
  readonly heartbeatMs: number;
}

const HEARTBEAT_MS = 2_000;

/** Reads the entry of `id`; missing or malformed fields get defaults, so that a hand-written entry is shown too. */
export function parseMember(id: string, text: string): Member {
  const fields = objectOf(text) ?? {};
  const string = (name: string) => (typeof fields[name] === "string" ? fields[name] : "");
  const whole = (name: string, fallback: number) => {
    const value = fields[name];
    return typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : fallback;
  };
  return {
    id,
    host: string("host"),
    port: whole("port", 0),
    startedAt: string("startedAt"),
    version: string("version"),
    workers: Math.max(1, whole("workers", 1)),
    heartbeatMs: whole("heartbeatMs", HEARTBEAT_MS),
  };
}
