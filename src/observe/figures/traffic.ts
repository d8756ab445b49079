// The figures of the lanes: requests, reads, latency, connections, refusals. Cold.

import type { Figure, Reading } from "../figure.ts";
import type { Sources } from "../sources.ts";

export const TRAFFIC_FIGURES = [
  {
    name: "cachee_requests_total",
    help: "Requests answered, by method and status; other lanes' commands by name and outcome.",
    type: "counter",
    labels: ["lane", "method", "status"],
    merge: "sum",
    stats: ["requests.{status}"],
    read: requests,
  },
  {
    name: "cachee_hits_total",
    help: "Reads answered, by the tier that had the value.",
    type: "counter",
    labels: ["tier"],
    merge: "sum",
    stats: [],
    read: ({ traffic }) => {
      const { l1Hits, l2Hits } = traffic.reads();
      return [
        [["l1"], l1Hits],
        [["l2"], l2Hits],
      ];
    },
  },
  {
    name: "cachee_misses_total",
    help: "Reads that no tier could answer.",
    type: "counter",
    labels: [],
    merge: "sum",
    stats: [],
    read: ({ traffic }) => [[[], traffic.reads().misses]],
  },
  {
    name: "cachee_lane_reads_total",
    help: "Reads by lane and by what answered them.",
    type: "counter",
    labels: ["lane", "result"],
    merge: "sum",
    stats: ["lanes.{lane}.reads.{result}"],
    read: laneReads,
  },
  {
    name: "cachee_request_duration_seconds",
    help: "From a handler's entry to its finished answer, by lane.",
    type: "histogram",
    labels: ["lane"],
    merge: "histogram",
    stats: ["latency.{lane}"],
    read: ({ traffic }) => [
      [["fast"], traffic.fast],
      [["cold"], traffic.cold],
      ...traffic.lanes.map(({ lane, durations }): Reading => [[lane], durations]),
    ],
  },
  {
    name: "cachee_lane_connections",
    help: "Open connections, by lane.",
    type: "gauge",
    labels: ["lane"],
    merge: "sum",
    stats: ["lanes.{lane}.connections"],
    read: ({ traffic }) => traffic.lanes.map(({ lane, connections }) => [[lane], connections()]),
  },
  {
    name: "cachee_lane_cuts_total",
    help: "Connections that the server refused or ended, by lane and reason.",
    type: "counter",
    labels: ["lane", "reason"],
    merge: "sum",
    stats: ["lanes.{lane}.cuts.{reason}"],
    read: ({ traffic }) =>
      traffic.lanes.flatMap(({ lane, cuts }) =>
        [...cuts()].map(([reason, count]): Reading => [[lane, reason], count]),
      ),
  },
  {
    name: "cachee_rate_limited_total",
    help: "Requests refused for their key's rate.",
    type: "counter",
    labels: [],
    merge: "sum",
    stats: ["rateLimited"],
    counters: { rateLimited: [] },
  },
  {
    name: "cachee_key_requests_total",
    help: "Requests and commands answered, by the name of their API key.",
    type: "counter",
    labels: ["key"],
    merge: "sum",
    stats: [],
    read: ({ traffic }) =>
      [traffic, ...traffic.lanes].flatMap(({ keyRequests }) =>
        [...keyRequests.counts()].map(([keyName, count]): Reading => [[keyName], count]),
      ),
  },
  {
    name: "cachee_refusals_total",
    help: "Requests refused, by error code and by the name of their API key.",
    type: "counter",
    labels: ["code", "key"],
    merge: "sum",
    stats: ["refusals.{code}"],
    read: ({ traffic }) =>
      [...traffic.refusals.counts()].map(([code, keyName, count]) => [[code, keyName], count]),
  },
  {
    name: "cachee_in_flight_bytes",
    help: "Bytes held on behalf of clients beside L1, by what for.",
    type: "gauge",
    labels: ["what"],
    merge: "sum",
    stats: ["inFlight.bytes", "inFlight.bytesBy.{what}"],
    read: ({ inFlight }) => [...inFlight.kinds()].map(([what, bytes]) => [[what], bytes]),
  },
  {
    name: "cachee_in_flight_bytes_max",
    help: "Budget of the bytes held on behalf of clients.",
    type: "gauge",
    labels: [],
    merge: "sum",
    stats: ["inFlight.bytesMax"],
    read: ({ inFlight }) => [[[], inFlight.bytesMax]],
  },
  {
    name: "cachee_in_flight_refusals_total",
    help: "Requests for bytes that did not fit the budget, and slow readers cut for room.",
    type: "counter",
    labels: ["outcome"],
    merge: "sum",
    stats: ["inFlight.{outcome}"],
    read: ({ inFlight }) => [
      [["refused"], inFlight.refused],
      [["cut"], inFlight.cut],
    ],
  },
] as const satisfies readonly Figure[];

function requests({ traffic }: Sources): readonly Reading[] {
  const readings: Reading[] = [];
  for (const [key, count] of traffic.requests()) {
    const [method = "", status = ""] = key.split(" ");
    readings.push([["", method, status], count]);
  }
  for (const { lane, commands } of traffic.lanes) {
    for (const { command, ok, failed } of commands()) {
      if (ok > 0) readings.push([[lane, command, "ok"], ok]);
      if (failed > 0) readings.push([[lane, command, "error"], failed]);
    }
  }
  return readings;
}

function laneReads({ traffic }: Sources): readonly Reading[] {
  const { fastHits, coldL1Hits, coldL2Hits, coldMisses, lanes } = traffic;
  return [
    [["fast", "l1"], fastHits],
    [["cold", "l1"], coldL1Hits],
    [["cold", "l2"], coldL2Hits],
    [["cold", "miss"], coldMisses],
    ...lanes.flatMap(({ lane, l1Hits, l2Hits, misses }): Reading[] => [
      [[lane, "l1"], l1Hits],
      [[lane, "l2"], l2Hits],
      [[lane, "miss"], misses],
    ]),
  ];
}
