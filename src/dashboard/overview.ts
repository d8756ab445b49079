// What an instance tells of itself: its figures, their last hour, its last events and requests. No code here.

import type { MaybePromise } from "../base/maybe-promise.ts";
import type { InstanceEvent } from "../observe/events.ts";
import type { Ranking, RankingQuery } from "./ranking.ts";
import type { RequestPage } from "../observe/requests/request-record.ts";
import type { TakeSnapshot } from "../observe/snapshot.ts";
import type { HistoryPoint } from "./client/sample.ts";

export interface Overview {
  readonly snapshot: TakeSnapshot;
  /** The oldest first. */
  history(): MaybePromise<readonly HistoryPoint[]>;
  /** The newest first. */
  events(): MaybePromise<readonly InstanceEvent[]>;
  /** Those remembered after the one with number `after`; 0: all. */
  requests(after: number): MaybePromise<RequestPage>;
  /** Nothing where too many are asked for at once. */
  ranking(query: RankingQuery): MaybePromise<Ranking | undefined>;
}
