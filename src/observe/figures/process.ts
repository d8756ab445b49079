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
  {
    name: "cachee_event_loop_delay_seconds",
    help: "How late the event loop comes to what is due.",
    type: "histogram",
    labels: [],
    merge: "histogram",
    stats: ["eventLoopDelay"],
    read: ({ loopDelay }) => [[[], loopDelay.delays]],
  },
  {
    name: "cachee_log_lines_dropped_total",
    help: "Lines of the log that could not be written.",
    type: "counter",
    labels: [],
    merge: "sum",
    stats: ["logLinesDropped"],
    read: ({ log }) => [[[], log.dropped]],
  },
  {
    name: "cachee_processes",
    help: "Processes of the instance, by state: starting, ready or draining.",
    type: "gauge",
    labels: ["state"],
    merge: "sum",
    stats: ["processes.{state}"],
    read: ({ lifecycle }) =>
      ["starting", "ready", "draining"].map((state) => [[state], state === lifecycle.state ? 1 : 0]),
  },
  {
    name: "cachee_build_info",
    help: "1, with the version and the commit of the build as labels.",
    type: "gauge",
    labels: ["version", "commit"],
    merge: "max",
    stats: [],
    read: ({ build }) => [[[build.version, build.commit], 1]],
  },
] as const satisfies readonly Figure[];
