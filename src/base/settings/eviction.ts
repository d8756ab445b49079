// The eviction policies' names: what CACHEE_EVICTION takes, and what `cache/policy/policies.ts` has a policy for.

export const EVICTION_POLICIES = ["adaptive", "sized", "lru", "s3fifo", "tinylfu"] as const;

/** `sized` is `adaptive` that favours small entries more: more requests hit, fewer bytes. */
export type EvictionPolicy = (typeof EVICTION_POLICIES)[number];
