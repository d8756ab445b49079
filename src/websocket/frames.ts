// The numbers of the WebSocket lane's frames, version 1; README.md has the layout.

/** The subprotocol by which this version is named in the handshake. */
export const SUBPROTOCOL = "cachee.1";

export const GET = 1;
export const PUT = 2;
export const DELETE = 3;
export const PROVE = 4;
export const UNTRACK = 5;

export const DONE = 0;
export const VALUE = 1;
export const MISS = 2;
export const PROOF = 3;
export const INVALIDATE = 16;
export const DROP_ALL = 17;
export const FAILED = 255;

/** GET: the client keeps a copy and wants to be told. The bits of codings are those of CODINGS' order. */
export const TRACK = 1;
/** GET: the key is preceded by the version that the answer must have or be newer than, and by its length in one byte. */
export const MIN_VERSION = 16;
/** PUT and DELETE: the answer has the version of the write as its text. */
export const TELL_VERSION = 4;
/** PUT: only where there is none, only where there is one. */
export const IF_ABSENT = 1;
export const IF_PRESENT = 2;

/** Bytes of a request before its key, and of what a PUT has between: value bytes, type bytes, TTL. */
export const REQUEST_BYTES = 8;
export const PUT_BYTES = 16;
/** Bytes of an answer before its text, and of what a VALUE has between. */
export const ANSWER_BYTES = 8;
export const VALUE_BYTES = 28;
