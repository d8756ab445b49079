// Frames of the WebSocket lane, to be fed to a connection without a client. Cold.

import type { ServerWebSocket } from "bun";
import { Session } from "../../gate/session.ts";
import { encodeRequest } from "../../websocket/client/frames.ts";
import { WebsocketConnection } from "../../websocket/connection.ts";
import { GET, PUT } from "../../websocket/frames.ts";
import { WebsocketLane } from "../../websocket/lane.ts";
import { SECRET, type Send, type Throwaway } from "./throwaway.ts";

const GETS = 8;
const STALE_MS = 1_000;

/** The part of Bun's socket that a connection uses. */
const NO_SOCKET = {
  sendBinary: (message: Uint8Array) => message.length,
  getBufferedAmount: () => 0,
  pause() {},
  resume() {},
  close() {},
  terminate() {},
} as unknown as ServerWebSocket<WebsocketConnection>;

export function websocketFrames(parts: Throwaway): readonly Send[] {
  const lane = new WebsocketLane({ ...parts, staleMaxMs: STALE_MS });
  const session = new Session(parts.keyring, parts.connections);
  session.authenticate(undefined, SECRET);
  const connection = new WebsocketConnection(lane, session, -1);
  connection.opened(NO_SOCKET);
  const value = Buffer.alloc(100, "v");
  const put = encodeRequest({ operation: PUT, id: 1, key: "w", contentType: "text/plain", value });
  const gets = Array.from({ length: GETS }, (_, id) => encodeRequest({ operation: GET, id, key: "w" }));
  const miss = encodeRequest({ operation: GET, id: 1, key: "none" });
  return [put, ...gets, miss, Buffer.concat(gets)].map(
    (frame) => () => connection.receive(Buffer.from(frame)),
  );
}
