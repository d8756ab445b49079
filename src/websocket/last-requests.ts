// Puts requests of the WebSocket lane among the last requests: those that are refused, and of the others one in so many. Cold.

import { KEY_BYTES_MAX } from "../base/limits.ts";
import type { Session } from "../gate/session.ts";
import type { WebsocketLane } from "./lane.ts";

interface Asked {
  readonly session: Session;
  /** When the message with the request came in, engine time. */
  readonly beganMs: number;
}

/** A request was answered: every so often one of them is remembered. `code` is that of a miss. */
export function rememberAnswered(
  lane: WebsocketLane,
  asked: Asked,
  operation: number,
  key: string,
  code: string | null,
): void {
  const { laneTraffic, clock } = lane.options;
  const oneIn = laneTraffic.remembered(clock.nowMs());
  // A plain hit is answered without its key; its request is still the one that is read.
  remember(lane, asked, operation, key === "" ? lane.reader.key : key, code, oneIn);
}

export function rememberRefused(
  lane: WebsocketLane,
  asked: Asked,
  operation: number,
  key: string | null,
  code: string,
): void {
  remember(lane, asked, operation, key, code, 1);
}

function remember(
  lane: WebsocketLane,
  { session, beganMs }: Asked,
  operation: number,
  key: string | null,
  code: string | null,
  oneIn: number,
): void {
  const { laneTraffic, traffic, clock } = lane.options;
  traffic.lastRequests.add({
    lane: laneTraffic.lane,
    method: lane.nameOf(operation).toUpperCase(),
    key: key?.slice(0, KEY_BYTES_MAX) ?? null,
    path: null,
    status: null,
    code,
    us: Math.max(0, Math.round((clock.nowMs() - beganMs) * 1_000)),
    apiKey: session.apiKey?.name ?? null,
    requestId: null,
    oneIn,
  });
}
