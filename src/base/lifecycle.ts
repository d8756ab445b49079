// The one state of a process's life that health checks and the drain share.

export interface Lifecycle {
  /** `ready` once everything configured has been reached; `draining` from the first SIGTERM on. */
  state: "starting" | "ready" | "draining";
}
