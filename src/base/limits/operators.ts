// The bounds of what is kept and sent for operators: requests that are remembered, and who may follow them.

const KIB = 1024;

/** Requests that a process remembers: those that were refused, and others. */
export const REQUESTS_REFUSED_MAX = 512;
export const REQUESTS_OTHER_MAX = 512;
/** Requests a second that are remembered of a lane's answered ones, about, and how many may come at once. */
export const REQUESTS_KEPT_A_SECOND = 200;
export const REQUESTS_KEPT_AT_ONCE = 200;
/** At the least one of so many answered requests is remembered. */
export const REQUESTS_ONE_IN_MAX = 65_536;
/** Clients of one process that may follow requests at once. */
export const REQUEST_FOLLOWERS_MAX = 32;
/** Ms between two looks for requests to send to those who follow, and between two signs of life to them. */
export const REQUEST_LOOK_MS = 250;
export const REQUEST_ALIVE_MS = 5_000;
/** Requests of one message to a follower, and bytes that each is charged with. */
export const REQUESTS_SENT_AT_ONCE = 100;
export const REQUEST_FOLLOWER_BYTES = 192 * KIB;
/** A follower that has taken nothing of what waits for it for this long is cut, ms. */
export const REQUEST_STALLED_MS_MAX = 10_000;
