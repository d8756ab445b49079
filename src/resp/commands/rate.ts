// Takes from the rate of a connection's API key: the same buckets as over HTTP. Hot.

import { CacheeError } from "../../base/errors.ts";
import type { Call } from "./call.ts";

/** Takes `count` writes or misses; `false`: there was none left, and that is answered. */
export function takeRate(call: Call, count: number): boolean {
  try {
    call.services.options.rateLimit.take(call.session.apiKey!, count, call.nowMs);
    return true;
  } catch (thrown) {
    if (!(thrown instanceof CacheeError)) throw thrown;
    call.fail(`ERR rate limit: ${thrown.message}`);
    return false;
  }
}
