// Takes from the rate of a connection's API key: the same buckets as over HTTP. Hot.

import { CacheeError } from "../../base/errors.ts";
import type { Client } from "./connection.ts";

/** Takes `count` writes or misses; `false`: there was none left, and that is answered. */
export function takeRate(client: Client, count: number): boolean {
  try {
    client.lane.options.rateLimit.take(client.session.apiKey!, count, client.nowMs);
    return true;
  } catch (thrown) {
    if (!(thrown instanceof CacheeError)) throw thrown;
    client.fail(`ERR rate limit: ${thrown.message}`);
    return false;
  }
}
