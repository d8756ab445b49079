// The 503 of a store that cannot say: its L2 does not answer.

import { CacheeError } from "../base/errors.ts";
import type { Unavailable } from "../store/store.ts";

export function unavailable(result: Unavailable): CacheeError {
  const seconds = Math.max(1, Math.ceil(result.retryAfterMs / 1_000));
  return new CacheeError(
    "l2_unavailable",
    "The shared cache does not answer; nothing is known of this key.",
    {
      "Retry-After": String(seconds),
    },
  );
}
