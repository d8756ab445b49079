// The bounds of what a process holds beside L1 on behalf of clients.

const KIB = 1024;
const MIB = 1024 * KIB;

/** Bytes held beside L1 on behalf of clients (bodies, answers not yet taken, buffers, tables), in one process. */
export const IN_FLIGHT_BYTES_MAX = 128 * MIB;
/** Values of the largest size that the budget has room for, where values may be larger than usual. */
export const IN_FLIGHT_VALUES_MIN = 8;
/** Steps in which a connection's share of them follows what it holds; less than one is not counted. */
export const IN_FLIGHT_STEP_BYTES = 16 * KIB;
/** The part of them that one API key or address may hold. */
export const IN_FLIGHT_OWNER_SHARE = 0.5;
/** Charged for a request that waits for another's fill: what 5,000 of them took, each. */
export const WAITER_BYTES = 6 * KIB;
/** The part of the budget that those who wait may hold: whoever fills the key needs room for its body. */
export const WAITERS_SHARE = 0.25;
