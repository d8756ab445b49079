// The eviction policies: one row each. CACHEE_EVICTION takes exactly these names, which the type holds. Cold.
import type { EvictionPolicy } from "../../base/settings/eviction.ts";
import { AdaptivePolicy, BY_REQUESTS_AND_BYTES, BY_REQUESTS } from "./adaptive.ts";
import { LruPolicy } from "./lru.ts";
import type { Policy, PolicyContext } from "./policy.ts";
import { S3FifoPolicy } from "./s3fifo.ts";
import { TinyLfuPolicy } from "./tinylfu.ts";

export const POLICIES: Readonly<Record<EvictionPolicy, (context: PolicyContext) => Policy>> = {
  adaptive: (context) => new AdaptivePolicy(context, BY_REQUESTS_AND_BYTES),
  sized: (context) => new AdaptivePolicy(context, BY_REQUESTS),
  lru: (context) => new LruPolicy(context),
  s3fifo: (context) => new S3FifoPolicy(context),
  tinylfu: (context) => new TinyLfuPolicy(context),
};
