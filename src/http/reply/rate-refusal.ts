// The 429 of an API key that writes or misses more than it may.

import type { RateLimit } from "../../gate/rate-limit.ts";
import type { Context } from "../context.ts";
import { problem } from "./problem.ts";

/** Takes `count` writes or misses for the request's key; the answer where that is refused, else nothing. */
export function rateRefusal(rateLimit: RateLimit, context: Context, count: number): Response | undefined {
  const seconds = rateLimit.take(context.apiKey!, count, context.startNs / 1e6);
  if (seconds === 0) return undefined;
  return problem("rate_limited", rateLimit.detail, { "Retry-After": String(seconds) });
}
