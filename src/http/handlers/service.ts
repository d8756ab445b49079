// What the service says of itself: health, metrics, stats, the last hour, the last events.

import { HISTORY_STEP_MS } from "../../base/limits.ts";
import type { Lifecycle } from "../../base/lifecycle.ts";
import type { Overview } from "../../dashboard/overview.ts";
import { expositionOf } from "../../observe/exposition.ts";
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

export function metricsHandler(overview: Overview): Handler {
  return async () =>
    new Response(expositionOf(await overview.snapshot()), {
      headers: { "Content-Type": "text/plain; version=0.0.4; charset=utf-8", "Cache-Control": "no-store" },
    });
}

/** `/stats?buckets` adds the latencies' whole histograms. */
export function statsHandler(overview: Overview): Handler {
  return async ({ query }) => jsonReply(statsOf(await overview.snapshot(), query === "buckets"));
}

/** The last hour as the dashboard draws it. */
export function historyHandler(overview: Overview): Handler {
  return async () => jsonReply({ stepMs: HISTORY_STEP_MS, points: await overview.history() });
}

export function eventsHandler(overview: Overview): Handler {
  return async () => jsonReply({ events: await overview.events() });
}
