// The cold lane: a request with its context through the whole pipeline, and what is counted of it afterwards. Cold.

import type { Server } from "bun";
import { audit } from "../base/audit.ts";
import type { InFlight } from "../base/in-flight.ts";
import type { Log } from "../base/log.ts";
import { Turns } from "../gate/turns.ts";
import type { Traffic } from "../observe/traffic.ts";
import type { Context, Handler } from "./context.ts";
import { Outgoing } from "./reply/outgoing.ts";
import { refusalOf } from "./reply/problem.ts";
import type { BodyBounds } from "./request/body-bounds.ts";
import { targetOf } from "./request/target.ts";

export interface ColdLaneOptions {
  readonly handle: Handler;
  readonly traffic: Traffic;
  readonly bodyBounds: BodyBounds;
  readonly inFlight: InFlight;
  readonly log: Log;
}

/** `startNs` is the handler's entry on the monotonic clock; `server` is Bun's that took the request. */
export type ColdLane = (request: Request, startNs: number, server?: Server<unknown>) => Promise<Response>;

export function createColdLane({ handle, traffic, bodyBounds, inFlight, log }: ColdLaneOptions): ColdLane {
  const outgoing = new Outgoing(inFlight);
  const turns = new Turns();
  return async (request, startNs, server) => {
    const { path, query } = targetOf(request.url);
    const context: Context = {
      request,
      server,
      path,
      query,
      startNs,
      bodyBounds,
      body: "unread",
      inFlight,
      charges: [],
      outgoing,
      turns,
      requestId: "",
      apiKey: undefined,
      change: undefined,
    };
    try {
      const response = await handle(context);
      traffic.coldDone(request.method, response.status, startNs);
      const refusal = refusalOf(response);
      if (refusal !== undefined) traffic.refused(refusal, context.apiKey?.name);
      const { apiKey, change, requestId } = context;
      if (apiKey !== undefined && change !== undefined) {
        const outcome = refusal ?? (response.status === 404 ? "key_not_found" : "done");
        audit(log, apiKey, { lane: "http", ...change, outcome, requestId });
      }
      return response;
    } finally {
      for (const charge of context.charges) if (!charge.isKept) charge.shrinkTo(0);
    }
  };
}
