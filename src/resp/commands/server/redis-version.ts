// The version of Redis whose commands these are, as HELLO and INFO tell it; tools look at it.

export const REDIS_VERSION = "7.0.15";
