// Every operation that a lane does for another worker's. Cold.

import { CONFIG_RESETSTAT, CONFIG_SET } from "../monitoring/config-commands.ts";
import { LANE_FIGURES } from "./lane-figures.ts";
import { LATENCY_EVENTS, LATENCY_RESET } from "../monitoring/latency-commands.ts";
import { SLOWLOG_GET, SLOWLOG_LEN, SLOWLOG_RESET } from "../monitoring/slowlog-commands.ts";
import { CLIENT_LIST } from "../server/client-commands.ts";
import { CLIENT_KILL } from "../server/client-kill.ts";
import { CLIENT_PAUSE, CLIENT_UNPAUSE } from "../server/client-mode.ts";
import type { Services } from "../services.ts";
import type { LaneOperation, SentOperation } from "./lane-operation.ts";

const ALL: readonly LaneOperation<unknown, unknown>[] = [
  CLIENT_KILL,
  CLIENT_LIST,
  CLIENT_PAUSE,
  CLIENT_UNPAUSE,
  CONFIG_RESETSTAT,
  CONFIG_SET,
  LANE_FIGURES,
  LATENCY_EVENTS,
  LATENCY_RESET,
  SLOWLOG_GET,
  SLOWLOG_LEN,
  SLOWLOG_RESET,
];
const BY_NAME = new Map(ALL.map((operation) => [operation.name, operation]));

/** Runs what another worker's lane sent. */
export function runForOther(services: Services, { name, question }: SentOperation): unknown {
  return BY_NAME.get(name)!.run(services, question);
}
