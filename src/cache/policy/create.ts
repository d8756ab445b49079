// Makes the eviction policy of a name. Cold.
import { LruPolicy } from "./lru.ts";
import type { Policy, PolicyContext, PolicyName } from "./policy.ts";
import { S3FifoPolicy } from "./s3fifo.ts";
import { TinyLfuPolicy } from "./tinylfu.ts";

export const POLICY_NAMES: readonly PolicyName[] = ["adaptive", "lru", "s3fifo", "tinylfu"];

export function createPolicy(name: PolicyName, context: PolicyContext): Policy {
  switch (name) {
    case "lru":
      return new LruPolicy(context);
    case "s3fifo":
    case "adaptive":
      return new S3FifoPolicy(context);
    case "tinylfu":
      return new TinyLfuPolicy(context);
  }
}
