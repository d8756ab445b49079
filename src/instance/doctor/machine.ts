// What the doctor sees of the machine: descriptors, backlog, memory overcommit, clock source.

import { readFileSync } from "node:fs";
import { networkInterfaces } from "node:os";
import type { Finding } from "./check.ts";

/** Connections that a busy instance should be able to hold, with some for Redis and files. */
const DESCRIPTORS_MIN = 16_384;
const BACKLOG_MIN = 1_024;

/** Linux alone; elsewhere there is nothing to say. */
export function machineFindings(): Finding[] {
  if (process.platform !== "linux") return [];
  return [descriptors(), backlog(), clockSource(), addresses()].filter((finding) => finding !== undefined);
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    return undefined;
  }
}

function descriptors(): Finding | undefined {
  const row = /^Max open files +(\S+)/m.exec(readText("/proc/self/limits") ?? "");
  if (row === null) return undefined;
  const count = row[1] === "unlimited" ? Number.POSITIVE_INFINITY : Number(row[1]);
  const detail = `${row[1]} file descriptors`;
  if (count >= DESCRIPTORS_MIN) return { name: "descriptors", state: "ok", detail };
  const advice = `each connection takes one: raise the limit (ulimit -n, LimitNOFILE=) to ${DESCRIPTORS_MIN} or more`;
  return { name: "descriptors", state: "warning", detail, advice };
}

function backlog(): Finding | undefined {
  const text = readText("/proc/sys/net/core/somaxconn");
  if (text === undefined) return undefined;
  const detail = `net.core.somaxconn is ${text}`;
  if (Number(text) >= BACKLOG_MIN) return { name: "backlog", state: "ok", detail };
  const advice = `bursts of new connections are dropped: set net.core.somaxconn to ${BACKLOG_MIN} or more`;
  return { name: "backlog", state: "warning", detail, advice };
}

function clockSource(): Finding | undefined {
  const source = readText("/sys/devices/system/clocksource/clocksource0/current_clocksource");
  if (source === undefined) return undefined;
  const isFast = ["tsc", "kvm-clock", "arch_sys_counter", "hyperv_clocksource_tsc_page"].includes(source);
  const detail = `the clock source is ${source}`;
  if (isFast) return { name: "clock source", state: "ok", detail };
  const advice =
    "reading the time costs a system call with it, twice for each request: see the kernel's clocksource=";
  return { name: "clock source", state: "warning", detail, advice };
}

function addresses(): Finding {
  const outer = Object.values(networkInterfaces())
    .flatMap((list) => list ?? [])
    .filter(({ internal }) => !internal);
  return { name: "network", state: "ok", detail: `${outer.length} addresses beside the loopback` };
}
