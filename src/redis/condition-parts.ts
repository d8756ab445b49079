// A write's condition as the arguments that L2's scripts compare bytes with. Cold.

import { ETAG_SUFFIXES } from "../record/coding.ts";
import type { Condition } from "../store/store.ts";

const ETAG = /^"([0-9a-f]{16})(-[a-z]{2})?"$/;

/** Kind, then what is compared; a lone empty text for no condition. */
export function conditionParts(condition: Condition | undefined): (string | Buffer)[] {
  if (condition === undefined) return [""];
  switch (condition.kind) {
    case "absent":
    case "present":
      return [condition.kind];
    case "etag":
    case "not_etag":
      return [condition.kind, ...hashesOf(condition.etags)];
    case "version":
      return [condition.kind, condition.version.epoch, String(condition.version.n)];
    case "lease":
      return [condition.kind, condition.token];
  }
}

/** The hashes, as a record has them, of the texts among `etags` that are ETags of ours. */
function hashesOf(etags: readonly string[]): Buffer[] {
  const hashes: Buffer[] = [];
  for (const etag of etags) {
    const match = ETAG.exec(etag);
    if (match === null || !(ETAG_SUFFIXES as readonly string[]).includes(match[2] ?? "")) continue;
    const hash = Buffer.alloc(8);
    hash.writeBigUInt64LE(BigInt(`0x${match[1]!}`));
    hashes.push(hash);
  }
  return hashes;
}
