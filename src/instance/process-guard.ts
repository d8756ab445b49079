// What no lane caught and what no stream's reader takes must not end the process. Cold.

import { reportBug } from "../base/bug.ts";
import type { Log } from "../base/log.ts";

/** From now on such faults are logged with an id and counted, and the process goes on. */
export function guardProcess(log: Log): void {
  process.on("uncaughtException", (thrown) => void reportBug(log, thrown, { kind: "uncaughtException" }));
  process.on("unhandledRejection", (thrown) => void reportBug(log, thrown, { kind: "unhandledRejection" }));
}

/** A reader of stdout or stderr that has gone is no fault: what is written there is for those who listen. */
export function ignoreLostReaders(): void {
  process.stdout.on("error", () => {});
  process.stderr.on("error", () => {});
}
