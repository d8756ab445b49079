// Memory, CPU time and start of this process, as the operating system has them. Cold.

import { readFileSync } from "node:fs";
import type { ProcessFigures } from "./sources.ts";

/** `sharesMemory`: memory that it has in common with other processes (Linux) is counted elsewhere, once for all. */
export function processFigures(sharesMemory = false): ProcessFigures {
  const cpu = process.cpuUsage();
  return {
    startedAtSeconds: performance.timeOrigin / 1_000,
    rssBytes: process.memoryUsage.rss() - (sharesMemory ? sharedBytes() : 0),
    cpuSeconds: (cpu.user + cpu.system) / 1e6,
  };
}

function sharedBytes(): number {
  const kib = /^RssShmem:\s+(\d+) kB$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1];
  return Number(kib ?? 0) * 1024;
}
