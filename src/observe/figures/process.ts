// The figures of the process and of its fleet. Cold.

import type { Figure } from "../figure.ts";

export const PROCESS_FIGURES = [
  {
    name: "cachee_instances",
    help: "Healthy instances in the registry.",
    type: "gauge",
    labels: [],
    merge: "max",
    stats: ["instances"],
    read: (sources) => [[[], sources.instances()]],
  },
  {
    name: "process_resident_memory_bytes",
    help: "Resident memory.",
    type: "gauge",
    labels: [],
    merge: "sum",
    stats: ["rssBytes"],
    read: (sources) => [[[], sources.process().rssBytes]],
  },
  {
    name: "process_cpu_seconds_total",
    help: "CPU time, user and system.",
    type: "counter",
    labels: [],
    merge: "sum",
    stats: ["cpuSeconds"],
    read: (sources) => [[[], sources.process().cpuSeconds]],
  },
  {
    name: "process_start_time_seconds",
    help: "When the instance started, in seconds since 1970.",
    type: "gauge",
    labels: [],
    merge: "earliest",
    stats: [],
    read: (sources) => [[[], sources.process().startedAtSeconds]],
  },
] as const satisfies readonly Figure[];
