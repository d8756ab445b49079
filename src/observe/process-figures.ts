// Memory, CPU time and start of this process, as the operating system has them. Cold.

import { ownRssBytes } from "../base/bytes/own-memory.ts";
import type { ProcessFigures } from "./sources.ts";

/** `sharesMemory`: memory that it has in common with other processes (Linux) is counted elsewhere, once for all. */
export function processFigures(sharesMemory = false): ProcessFigures {
  const cpu = process.cpuUsage();
  return {
    startedAtSeconds: performance.timeOrigin / 1_000,
    rssBytes: ownRssBytes(sharesMemory),
    cpuSeconds: (cpu.user + cpu.system) / 1e6,
  };
}
