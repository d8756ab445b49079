// What the service says of itself: health, metrics, stats.

import type { Lifecycle } from "../../base/lifecycle.ts";
import { expositionOf } from "../../observe/exposition.ts";
import type { TakeSnapshot } from "../../observe/snapshot.ts";
import { statsOf } from "../../observe/stats.ts";
import { CacheeError } from "../../base/errors.ts";
import type { Handler } from "../context.ts";
import { jsonReply } from "../reply/json-reply.ts";

export const liveHandler: Handler = () => jsonReply({ status: "live" });

export function readyHandler(lifecycle: Lifecycle): Handler {
  return () => {
    if (lifecycle.state === "ready") return jsonReply({ status: "ready" });
    throw new CacheeError(lifecycle.state, `The instance is ${lifecycle.state}.`, { "Retry-After": "1" });
  };
}

export function metricsHandler(takeSnapshot: TakeSnapshot): Handler {
  return async () =>
    new Response(expositionOf(await takeSnapshot()), {
      headers: { "Content-Type": "text/plain; version=0.0.4; charset=utf-8", "Cache-Control": "no-store" },
    });
}

/** `/stats?buckets` adds the latencies' whole histograms. */
export function statsHandler(takeSnapshot: TakeSnapshot): Handler {
  return async ({ query }) => jsonReply(statsOf(await takeSnapshot(), query === "buckets"));
}
