// The WebSocket lane's part in Bun.serve: the upgrade of a connection, and the handlers of its sockets.

import type { Server, ServerWebSocket, WebSocketHandler } from "bun";
import {
  LANE_SWEEP_MS,
  WEBSOCKET_LOOK_MS,
  WEBSOCKET_IDLE_SECONDS_MAX,
  WEBSOCKET_MESSAGE_BYTES_MAX,
} from "../base/limits.ts";
import { credentialsOf, type Credentials } from "../gate/credentials.ts";
import { Session } from "../gate/session.ts";
import { SUBPROTOCOL } from "./frames.ts";
import { WebsocketLane, type WebsocketLaneOptions } from "./lane.ts";
import { peerOf } from "./received-bytes.ts";
import { WebsocketConnection } from "./connection.ts";

/** Browsers cannot set fields: they send the key as a subprotocol, its bytes in base64url behind this. */
const KEY_PROTOCOL = "cachee.key.";

/** Stands for the remote end of a connection over a unix socket. */
const NO_PEER = -1;

export interface WebsocketServer {
  /** What a request presents of its API key; nothing where it has none. */
  credentialsOf(headers: Headers): Credentials | undefined;
  /**
   * Makes the connection of `request` a WebSocket, or says why it is none: too many are
   * open, in all or of the key; the key is unknown; the request does not ask for it.
   */
  upgrade(
    request: Request,
    server: Server<WebsocketConnection>,
    credentials: Credentials,
  ): "upgraded" | "full" | "key_full" | "unknown_key" | "no_websocket";
  readonly handler: WebSocketHandler<WebsocketConnection>;
  /** Ends every connection. */
  stop(): void;
}

export function createWebsocketServer(options: WebsocketLaneOptions): WebsocketServer {
  const lane = new WebsocketLane(options);
  const { connections, keyring, valueBytesMax } = options;
  const sweep = setInterval(() => lane.checkStalled(), LANE_SWEEP_MS);
  let port: number | undefined;
  const look = setInterval(() => {
    if (port !== undefined) lane.lookAtReceived(port);
  }, WEBSOCKET_LOOK_MS);
  const stopListening = keyring.onChange(() => lane.recheckAll());
  const handler: WebSocketHandler<WebsocketConnection> = {
    maxPayloadLength: valueBytesMax + WEBSOCKET_MESSAGE_BYTES_MAX,
    backpressureLimit: valueBytesMax + WEBSOCKET_MESSAGE_BYTES_MAX,
    closeOnBackpressureLimit: true,
    idleTimeout: WEBSOCKET_IDLE_SECONDS_MAX,
    sendPings: true,
    perMessageDeflate: false,
    open: (socket: ServerWebSocket<WebsocketConnection>) => socket.data.opened(socket),
    message(socket: ServerWebSocket<WebsocketConnection>, message: string | Buffer) {
      if (typeof message !== "string") return socket.data.receive(message);
      connections.cut("protocol");
      socket.close(1003, "messages are binary");
    },
    drain: (socket: ServerWebSocket<WebsocketConnection>) => socket.data.drained(),
    close: (socket: ServerWebSocket<WebsocketConnection>) => socket.data.closed(),
    ping: (socket: ServerWebSocket<WebsocketConnection>, data: Buffer) => socket.data.pinged(data.length),
    pong: (socket: ServerWebSocket<WebsocketConnection>, data: Buffer) => socket.data.pinged(data.length),
    // What any of these throws ends that connection, and nothing else.
    error: (thrown: Error, socket: ServerWebSocket<WebsocketConnection>) => socket.data.fault(thrown),
  };
  return {
    handler,
    credentialsOf: presented,
    upgrade(request, server, { name, secret }) {
      if (!connections.enter()) return "full";
      const session = new Session(keyring, connections);
      const outcome = session.authenticate(name, secret);
      if (outcome === "ok") {
        const ip = server.requestIP(request);
        const peer = ip === null ? NO_PEER : peerOf(ip.address, ip.port);
        port = server.port;
        const offered = protocolsOf(request.headers).includes(SUBPROTOCOL);
        const headers = offered ? { "Sec-WebSocket-Protocol": SUBPROTOCOL } : {};
        if (server.upgrade(request, { data: new WebsocketConnection(lane, session, peer), headers }))
          return "upgraded";
        session.end();
      }
      connections.leave();
      if (outcome === "full") return "key_full";
      return outcome === "wrong" ? "unknown_key" : "no_websocket";
    },
    stop() {
      clearInterval(sweep);
      clearInterval(look);
      lane.stop();
      stopListening();
      for (const connection of lane.connections) connection.end();
    },
  };
}

function protocolsOf(headers: Headers): string[] {
  return (headers.get("sec-websocket-protocol") ?? "").split(",").map((name) => name.trim());
}

function presented(headers: Headers): Credentials | undefined {
  const credentials = credentialsOf(headers);
  if (credentials !== undefined) return credentials;
  const protocol = protocolsOf(headers).find((name) => name.startsWith(KEY_PROTOCOL));
  if (protocol === undefined) return undefined;
  return { secret: Buffer.from(protocol.slice(KEY_PROTOCOL.length), "base64url").toString("utf8") };
}
