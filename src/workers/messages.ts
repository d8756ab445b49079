// What a supervisor and its workers send one another. Plain data, in order on one pipe each way.

import type { LogLevel } from "../base/log.ts";
import type { Settings } from "../base/settings/settings.ts";
import type { InstanceEvent } from "../observe/events.ts";
import type { Ranking, RankingQuery } from "../dashboard/ranking.ts";
import type { RequestPage } from "../observe/requests/request-record.ts";
import type { Snapshot } from "../observe/snapshot.ts";
import type { Question, QuestionParameters } from "./overview/gathering.ts";
import type { MemoryAssignment } from "../instance/worker-memory.ts";
import type { SiblingChange } from "../store/siblings.ts";

/** The program's argument that makes a process a worker, to be told by its supervisor what to do. */
export const WORKER_ARGUMENT = "--worker";

/** What makes a process one worker of an instance. */
export interface WorkerAssignment {
  readonly index: number;
  readonly settings: Settings;
  /** The memory that the workers have in common, where there is no Redis. */
  readonly memory: MemoryAssignment | undefined;
}

/** What one worker's lane asks the same lane of the others. */
export interface LaneQuestion {
  readonly lane: string;
  readonly question: unknown;
}

export type ToWorker =
  | { readonly type: "start"; readonly assignment: WorkerAssignment }
  /** Every worker has been ready: who is from now on need not wait for others. */
  | { readonly type: "all_ready" }
  | { readonly type: "reload" }
  /** What clients have taken of their rates in another worker, by the API keys' names. */
  | { readonly type: "spent"; readonly spent: ReadonlyMap<string, number> }
  /** A worker was asked to change the level of the log: all change it. */
  | { readonly type: "log_level"; readonly level: LogLevel }
  | { readonly type: "stop" }
  /** Wants a sign of life. */
  | { readonly type: "ping" }
  /** Wants the worker's own figures, under the supervisor's number. */
  | { readonly type: "report"; readonly id: number }
  /** Wants the requests that the worker has remembered after the one with number `after`. */
  | { readonly type: "requests"; readonly id: number; readonly after: number }
  /** Wants the keys of the worker's own L1 that are read most or are largest. */
  | { readonly type: "ranking"; readonly id: number; readonly query: RankingQuery }
  /** A lane of another worker asks this of the worker's own. */
  | { readonly type: "lane_question"; readonly id: number; readonly question: LaneQuestion }
  /** The answer to the worker's question `id`. */
  | { readonly type: "answer"; readonly id: number; readonly answer: unknown }
  /** Changes that another worker made, to be answered by `seen`. */
  | { readonly type: "changed"; readonly number: number; readonly changes: readonly SiblingChange[] }
  /** The other workers have taken in the worker's changes `id`, or (`isLate`) a bound has passed before. */
  | { readonly type: "settled"; readonly id: number; readonly isLate: boolean }
  /** A client of some worker published this; to be answered by `heard`. */
  | { readonly type: "published"; readonly channel: string; readonly payload: Uint8Array }
  /** Messages were left out: none come before the worker joins again. */
  | { readonly type: "channels_lost" }
  /** The worker's `join_channels` or `publish` with this number is done. */
  | { readonly type: "channels_done"; readonly id: number };

export type ToSupervisor =
  | { readonly type: "listening"; readonly url: string }
  /** It could not start, and is about to end; `isSetting`: `text` is the one line to print. */
  | { readonly type: "failed"; readonly isSetting: boolean; readonly text: string }
  | { readonly type: "ready" }
  | { readonly type: "pong" }
  /** Asks about the whole instance. */
  | {
      readonly type: "ask";
      readonly id: number;
      readonly question: Question;
      readonly parameters: QuestionParameters;
    }
  | { readonly type: "spent"; readonly spent: ReadonlyMap<string, number> }
  | { readonly type: "event"; readonly event: InstanceEvent }
  | { readonly type: "log_level"; readonly level: LogLevel }
  | { readonly type: "report"; readonly id: number; readonly snapshot: Snapshot }
  | { readonly type: "requests"; readonly id: number; readonly page: RequestPage }
  | { readonly type: "ranking"; readonly id: number; readonly ranking: Ranking }
  /** Asks the other workers' lanes; their answers come as `answer`. */
  | { readonly type: "ask_lanes"; readonly id: number; readonly question: LaneQuestion }
  | { readonly type: "lane_answer"; readonly id: number; readonly answer: unknown }
  /** Wants to be told of changes from now on. */
  | { readonly type: "subscribe" }
  /** The worker's own changes: wants to know when the others have taken them in. */
  | { readonly type: "changed"; readonly id: number; readonly changes: readonly SiblingChange[] }
  /** Changes up to this number have been taken in. */
  | { readonly type: "seen"; readonly number: number }
  /** Wants to be told of published messages from now on. */
  | { readonly type: "join_channels"; readonly id: number }
  | { readonly type: "publish"; readonly id: number; readonly channel: string; readonly payload: Uint8Array }
  /** Published messages of so many bytes have been taken in. */
  | { readonly type: "heard"; readonly bytes: number };
