// The version of Redis whose commands these are, as HELLO and INFO tell it; clients choose by it what they use.

export const REDIS_VERSION = "7.4.0";
