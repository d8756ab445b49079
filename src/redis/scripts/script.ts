// A Lua script, and what is common to all of ours: each answer says which question it belongs to.
//
// ARGV[1] is the question's number, which the answer begins with; ARGV[2] the run of Redis that the connection
// was opened to (RedisConnection.runId).

import { createHash } from "node:crypto";

/** A script and the name that Redis knows it by once it was loaded. */
export interface RedisScript {
  readonly source: string;
  readonly sha1: string;
}

export function script(source: string): RedisScript {
  return { source, sha1: createHash("sha1").update(source).digest("hex") };
}
