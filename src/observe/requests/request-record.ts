// What is remembered of one request, whatever its lane, and pages of them. Plain data.

import type { LaneName } from "../lane-traffic.ts";

export type RequestLane = "fast" | "cold" | LaneName;

/** What a lane tells of a request that it has answered. */
export interface ToldRequest {
  readonly lane: RequestLane;
  /** Of HTTP, or the name of a command or an operation in upper case. */
  readonly method: string;
  /** The first where there are several. */
  readonly key: string | null;
  /** Of HTTP: where it is about no key, as far as it may be shown. */
  readonly path: string | null;
  /** Of HTTP. */
  readonly status: number | null;
  /** Why it was refused, or `key_not_found`. */
  readonly code: string | null;
  /** From its arrival to its answer; over RESP and WebSocket from the arrival of what came together with it. */
  readonly us: number;
  /** The API key's name. */
  readonly apiKey: string | null;
  /** Of HTTP's cold lane. */
  readonly requestId: string | null;
  /** It stands for so many: it is one of them, and the others are not remembered. */
  readonly oneIn: number;
}

export interface RequestRecord extends ToldRequest {
  /** Counts up with each request that is remembered. */
  readonly n: number;
  /** When it was answered, milliseconds since 1970. */
  readonly atMs: number;
  /** The worker that answered it, where there are several. */
  readonly worker?: number;
}

export interface RequestPage {
  /** The oldest first. */
  readonly requests: readonly RequestRecord[];
  /** The number of the last request that was remembered at all: what to ask for next. */
  readonly last: number;
  /** Requests between what was asked for and `last` that are remembered no more. */
  readonly missed: number;
}
