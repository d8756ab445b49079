// Makes the eviction policy of a name. Cold.
import { AdaptivePolicy } from "./adaptive.ts";
import { LruPolicy } from "./lru.ts";
import type { Policy, PolicyContext, PolicyName } from "./policy.ts";
import { S3FifoPolicy } from "./s3fifo.ts";
import { TinyLfuPolicy } from "./tinylfu.ts";

export const POLICY_NAMES: readonly PolicyName[] = ["adaptive", "sized", "lru", "s3fifo", "tinylfu"];

export function createPolicy(name: PolicyName, context: PolicyContext): Policy {
  switch (name) {
    case "adaptive":
    case "sized":
      return new AdaptivePolicy(context, name);
    case "lru":
      return new LruPolicy(context);
    case "s3fifo":
      return new S3FifoPolicy(context);
    case "tinylfu":
      return new TinyLfuPolicy(context);
  }
}
