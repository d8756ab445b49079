// Makes the eviction policy of a name: each has one row here, and its file beside this one. Cold.
import type { EvictionPolicy } from "../../base/settings/eviction.ts";
import { AdaptivePolicy } from "./adaptive.ts";
import { LruPolicy } from "./lru.ts";
import type { Policy, PolicyContext } from "./policy.ts";
import { S3FifoPolicy } from "./s3fifo.ts";
import { TinyLfuPolicy } from "./tinylfu.ts";

const POLICIES: Readonly<Record<EvictionPolicy, (context: PolicyContext) => Policy>> = {
  adaptive: (context) => new AdaptivePolicy(context, "adaptive"),
  sized: (context) => new AdaptivePolicy(context, "sized"),
  lru: (context) => new LruPolicy(context),
  s3fifo: (context) => new S3FifoPolicy(context),
  tinylfu: (context) => new TinyLfuPolicy(context),
};

export function createPolicy(name: EvictionPolicy, context: PolicyContext): Policy {
  return POLICIES[name](context);
}
