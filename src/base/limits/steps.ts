// Bounds of what is done to several keys as one step.

/** Keys that one step may read and write together. */
export const STEP_KEYS_MAX = 1_000;
/** How often a step is run anew because others wrote what it had read. */
export const STEP_ATTEMPTS_MAX = 100;
/** Items of a collection that one command may return by chance, when the same may come repeatedly. */
export const RANDOM_ITEMS_MAX = 100_000;
/** Keyspace notifications that wait to be published; past it none are made. */
export const KEYSPACE_EVENTS_WAITING_MAX = 10_000;
