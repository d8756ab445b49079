// One request on its way through the cold lane, and the shapes of handlers and middleware.

import type { ApiKey } from "../auth/api-key.ts";
import type { Server } from "bun";
import type { BodyBounds } from "./request/body-bounds.ts";

export interface Context {
  readonly request: Request;
  /** Bun's server that took the request; none in memory. */
  readonly server: Server<unknown> | undefined;
  /** Begins with `/`; not decoded. */
  readonly path: string;
  /** Without `?`. */
  readonly query: string;
  /** The handler's entry on the monotonic clock. */
  readonly startNs: number;
  readonly bodyBounds: BodyBounds;
  /** What has become of the request's body; `cut`: reading it was given up on the way. */
  body: "unread" | "whole" | "cut";
  requestId: string;
  /** Set where the endpoint is not public. */
  apiKey: ApiKey | undefined;
}

export type Handler = (context: Context) => Response | Promise<Response>;
export type Middleware = (next: Handler) => Handler;

/** Folds `middleware` around `handler` once, the first outermost. */
export function fold(middleware: readonly Middleware[], handler: Handler): Handler {
  return middleware.reduceRight((next, wrap) => wrap(next), handler);
}
