// Memory, CPU time and start of this process, as the operating system has them. Cold.

import type { ProcessFigures } from "./sources.ts";

export function processFigures(): ProcessFigures {
  const cpu = process.cpuUsage();
  return {
    startedAtSeconds: performance.timeOrigin / 1_000,
    rssBytes: process.memoryUsage.rss(),
    cpuSeconds: (cpu.user + cpu.system) / 1e6,
  };
}
