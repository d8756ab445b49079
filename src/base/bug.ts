// What is done with anything thrown: its text, and one log line with an id for what nobody expected. Cold.

import type { Log, LogFields } from "./log.ts";

/** The message of an error; anything else thrown, as text. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/** Logs a fault of the program with its stack and `fields`; gives the id that the client is told and the log has. */
export function reportBug(log: Log, thrown: unknown, fields: LogFields = {}): string {
  const id = crypto.randomUUID();
  log.bugs += 1;
  const stack = thrown instanceof Error ? thrown.stack : undefined;
  log.error("bug", { id, ...fields, error: messageOf(thrown), stack });
  return id;
}
