// Memory of this process, as the operating system has it. Cold.

import { readFileSync } from "node:fs";

/** Resident bytes; those of them that it has in common with other processes (Linux) are left out with `sharesMemory`. */
export function ownRssBytes(sharesMemory: boolean): number {
  return process.memoryUsage.rss() - (sharesMemory ? sharedRssBytes() : 0);
}

/** Resident bytes that it has in common with other processes. */
export function sharedRssBytes(): number {
  const kib = /^RssShmem:\s+(\d+) kB$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1];
  return Number(kib ?? 0) * 1024;
}
