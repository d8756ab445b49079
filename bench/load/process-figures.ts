// Reads what Linux knows of a process: the CPU time it has used and the memory it holds.

import { existsSync, readFileSync } from "node:fs";

/** Ticks a second of the times in /proc/PID/stat: USER_HZ, 100 on every Linux that Bun runs on. */
const TICKS_A_SECOND = 100;

/** CPU seconds, user and system, all threads. */
export function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / TICKS_A_SECOND;
}

/** Resident bytes. */
export function residentBytes(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) * 1024;
}

/** The process and all that it, or one of these, started. */
export function processTree(pid: number): number[] {
  const path = `/proc/${pid}/task/${pid}/children`;
  if (!existsSync(path)) return [pid];
  const children = readFileSync(path, "utf8").trim().split(" ").filter(Boolean).map(Number);
  return [pid, ...children.flatMap(processTree)];
}
