// Takes from the rate of a connection's API key: the same buckets as over HTTP. Hot.

import type { Call } from "./call.ts";

/** Takes `count` writes or misses; `false`: there was none left, and that is answered. */
export function takeRate(call: Call, count: number): boolean {
  const { rateLimit } = call.services.options;
  if (rateLimit.take(call.session.apiKey!, count, call.nowMs) === 0) return true;
  call.fail(`ERR rate limit: ${rateLimit.detail}`);
  return false;
}
