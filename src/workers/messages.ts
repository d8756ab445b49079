// What a supervisor and its workers send one another. Plain data, in order on one pipe each way.

import type { Settings } from "../base/settings/settings.ts";
import type { Snapshot } from "../observe/snapshot.ts";
import type { L2ErrorCause } from "../store/l2-error.ts";
import type { L2Operation } from "../store/l2.ts";

/** The program's argument that makes a process a worker, to be told by its supervisor what to do. */
export const WORKER_ARGUMENT = "--worker";

/** What makes a process one worker of an instance. */
export interface WorkerAssignment {
  readonly index: number;
  readonly settings: Settings;
  /** The supervisor keeps the workers coherent with one another: there is no Redis to do it. */
  readonly hasHub: boolean;
}

export type ToWorker =
  | { readonly type: "start"; readonly assignment: WorkerAssignment }
  | { readonly type: "reload" }
  | { readonly type: "stop" }
  /** Wants the worker's own figures, under the supervisor's number. */
  | { readonly type: "report"; readonly id: number }
  /** Everybody's figures together, as the worker's collection `id` wanted them. */
  | { readonly type: "collected"; readonly id: number; readonly snapshot: Snapshot }
  | { readonly type: "reply"; readonly id: number; readonly reply: unknown }
  | { readonly type: "failure"; readonly id: number; readonly reason: L2ErrorCause; readonly message: string }
  | { readonly type: "invalidation"; readonly text: string };

export type ToSupervisor =
  | { readonly type: "listening"; readonly port: number; readonly url: string }
  | { readonly type: "failed"; readonly code: string | undefined; readonly message: string }
  | { readonly type: "collect"; readonly id: number }
  | { readonly type: "report"; readonly id: number; readonly snapshot: Snapshot }
  | { readonly type: "subscribe" }
  | { readonly type: "tick"; readonly id: number }
  | {
      readonly type: "call";
      readonly id: number;
      readonly operation: L2Operation;
      readonly request: unknown;
    };
