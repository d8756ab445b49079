// The settings of the server that the cases of conformance.ts are run against, and the keys to it.

export const SECRET = "a-secret-of-the-conformance-tests";
export const READER_SECRET = "another-secret-of-the-conformance-tests";

export const CONFORMANCE_ENV = {
  CACHEE_API_KEYS: `all:read+write+admin=${SECRET},reader:read=${READER_SECRET}`,
  CACHEE_VALUE_BYTES_MAX: "100kb",
} as const;
