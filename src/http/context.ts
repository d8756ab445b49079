// One request on its way through the cold lane, and the shapes of handlers and middleware.

import type { ApiKey } from "../auth/api-key.ts";
import type { BodyBounds } from "./body.ts";

export interface Context {
  readonly request: Request;
  /** Begins with `/`; not decoded. */
  readonly path: string;
  /** Without `?`. */
  readonly query: string;
  /** The handler's entry on the monotonic clock. */
  readonly startNs: number;
  readonly bodyBounds: BodyBounds;
  requestId: string;
  /** Set by the auth middleware on every path that wants a key. */
  apiKey: ApiKey | undefined;
}

export type Handler = (context: Context) => Response | Promise<Response>;
export type Middleware = (next: Handler) => Handler;

/** Folds `middleware` around `handler` once, the first outermost. */
export function fold(middleware: readonly Middleware[], handler: Handler): Handler {
  return middleware.reduceRight((next, wrap) => wrap(next), handler);
}
