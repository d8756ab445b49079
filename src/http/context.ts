// One request on its way through the cold lane, and the shapes of handlers and middleware.

import type { ApiKey } from "../auth/api-key.ts";
import type { Change } from "../base/audit.ts";
import type { Server } from "bun";
import type { InFlight, InFlightKind } from "../base/in-flight.ts";
import type { Turns } from "../gate/turns.ts";
import { Charge } from "./charge.ts";
import type { Outgoing } from "./reply/outgoing.ts";
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
  /** What it is called in a list of what held the event loop: see LoopWork. */
  work: number;
  readonly bodyBounds: BodyBounds;
  /** What has become of the request's body; `cut`: reading it was given up on the way. */
  body: "unread" | "whole" | "cut";
  /** The process's budget, and what of it this request holds until it is answered. */
  readonly inFlight: InFlight;
  readonly charges: Charge[];
  readonly outgoing: Outgoing;
  /** Of the whole lane: by which long work of several API keys goes on in turns. */
  readonly turns: Turns;
  /** Whether to compress the answer was decided by whoever made it. */
  isCodingChosen: boolean;
  requestId: string;
  /** Set where the endpoint is not public. */
  apiKey: ApiKey | undefined;
  /** What the request is to change, once that is known. */
  change: Pick<Change, "operation" | "target"> | undefined;
}

export type Handler = (context: Context) => Response | Promise<Response>;
export type Middleware = (next: Handler) => Handler;

/** Folds `middleware` around `handler` once, the first outermost. */
export function fold(middleware: readonly Middleware[], handler: Handler): Handler {
  return middleware.reduceRight((next, wrap) => wrap(next), handler);
}

/** A charge of `kind` for the request's API key, in steps of `stepBytes`, given back once the request is answered. */
export function charged(context: Context, kind: InFlightKind, stepBytes?: number): Charge {
  const charge = new Charge(context.inFlight, kind, context.apiKey?.name ?? "guest", stepBytes);
  context.charges.push(charge);
  return charge;
}
