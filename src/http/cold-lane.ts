// The cold lane: a request with its context through the whole pipeline, and what is counted of it afterwards. Cold.

import type { Server } from "bun";
import { audit } from "../base/audit.ts";
import type { InFlight } from "../base/in-flight.ts";
import type { Log } from "../base/log.ts";
import { loopWork } from "../base/loop/loop-work.ts";
import type { Turns } from "../gate/turns.ts";
import type { Traffic } from "../observe/traffic.ts";
import type { Context, Handler } from "./context.ts";
import { requestFields, toldRequest } from "./last-requests.ts";
import { Outgoing } from "./reply/outgoing.ts";
import { refusalOf } from "./reply/problem.ts";
import type { BodyBounds } from "./request/body-bounds.ts";
import { targetOf } from "./request/target.ts";

export interface ColdLaneOptions {
  readonly handle: Handler;
  readonly traffic: Traffic;
  readonly bodyBounds: BodyBounds;
  readonly inFlight: InFlight;
  readonly turns: Turns;
  readonly log: Log;
  /** Monotonic. */
  readonly nowNs: () => number;
}

/** `startNs` is the handler's entry on the monotonic clock; `server` is Bun's that took the request. */
export type ColdLane = (request: Request, startNs: number, server?: Server<unknown>) => Promise<Response>;

/** A request before it is known what for, or for nothing that there is. */
const COLD = loopWork.kind("http cold");

export function createColdLane(options: ColdLaneOptions): ColdLane {
  const { handle, traffic, bodyBounds, inFlight, turns, log, nowNs } = options;
  const outgoing = new Outgoing(inFlight);
  return async (request, startNs, server) => {
    const { path, query } = targetOf(request.url);
    const context: Context = {
      request,
      server,
      path,
      query,
      startNs,
      work: COLD,
      bodyBounds,
      body: "unread",
      inFlight,
      charges: [],
      outgoing,
      turns,
      requestId: "",
      apiKey: undefined,
      change: undefined,
      isCodingChosen: false,
    };
    loopWork.begin(COLD, startNs);
    try {
      const response = await handle(context);
      traffic.coldDone(request.method, response.status, startNs, context.apiKey?.name);
      const refusal = refusalOf(response);
      if (refusal !== undefined) traffic.refused(refusal, context.apiKey?.name);
      const answered = { context, status: response.status, refusal, nowNs: nowNs() };
      if (log.writes("debug")) log.debug("request", requestFields(answered));
      const oneIn = refusal === undefined ? traffic.coldOneIn() : 1;
      if (oneIn > 0) traffic.lastRequests.add(toldRequest(answered, oneIn));
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
