// Bounds of several processes together: the workers of an instance, and the instances of a fleet.

const KIB = 1024;

/** Ms for which the acknowledgement of a change waits until the instance's other workers have taken the change in. */
export const SIBLING_ACK_MS_MAX = 50;
/** Ms between two times that a worker tells the others what clients have taken of their rates. */
export const RATE_SHARE_MS = 50;
/** Ms before a crashed worker is replaced, at first and at most. */
export const WORKER_RESTART_MS_MIN = 50;
export const WORKER_RESTART_MS_MAX = 5_000;
/** A worker that has run for this long is started anew without the pause that repeated crashes bring, ms. */
export const WORKER_SETTLED_MS = 10_000;
/** Ms between two questions for a worker's sign of life, and questions without an answer that end it: at first, and later. */
export const WORKER_PING_MS = 500;
export const WORKER_START_PINGS_MAX = 60;
export const WORKER_PINGS_MAX = 8;
/** L1 that the workers of an instance have in common: setting up more takes longer than a start may. */
export const COMMON_MEMORY_BYTES_MAX = 512 * 1_024 ** 3;
/** Ms that a worker's report is waited for. */
export const REPORT_MS_MAX = 500;
/** Questions of one worker's lanes to those of the other workers: that are under way at once, and that may wait for it. */
export const LANE_QUESTIONS_MAX = 16;
export const LANE_QUESTIONS_WAITING_MAX = 1_000;
/** Ms that the workers' most read or largest keys are waited for, and how many who ask may wait for their turn. */
export const RANKING_MS_MAX = 5_000;
export const RANKINGS_WAITING_MAX = 16;
/** Instances of the registry that are looked at. */
export const INSTANCES_MAX = 1_000;
/** One question to the registry, ms. */
export const REGISTRY_MS_MAX = 1_000;
/** Heartbeat intervals that the leader's lease lasts: one renewal may be lost. */
export const LEASE_HEARTBEATS = 2;
/** Heartbeat intervals for which the fleet stays frozen at most; then silent instances count as dead. */
export const FREEZE_HEARTBEATS_MAX = 30;
/** Scaling decisions that are remembered. */
export const DECISIONS_MAX = 50;
/** Keys that a heartbeat carries as its instance's hottest, and their characters all told. */
export const HOT_KEYS_MAX = 64;
export const HOT_CHARS_MAX = 4 * KIB;
/** Ms between two looks for the hottest keys: one costs a pass over the entries in front. */
export const HOT_MS = 15_000;
/** Keys that a new instance fills its L1 with, at once and in all, and ms that this may take. */
export const WARM_RUNNING_MAX = 32;
export const WARM_KEYS_MAX = 2_000;
export const WARM_MS_MAX = 2_000;
