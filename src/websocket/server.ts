// The WebSocket lane's part in Bun.serve: the upgrade with an API key, and the handlers of its sockets.

import type { Server, ServerWebSocket, WebSocketHandler } from "bun";
import { CacheeError } from "../base/errors.ts";
import { WEBSOCKET_IDLE_SECONDS_MAX, WEBSOCKET_MESSAGE_BYTES_MAX } from "../base/limits.ts";
import { bearerToken } from "../gate/bearer.ts";
import { problemReply } from "../gate/problem.ts";
import { Session } from "../gate/session.ts";
import { SUBPROTOCOL } from "./frames.ts";
import { WebsocketLane, type WebsocketLaneOptions } from "./lane.ts";
import { Peer } from "./peer.ts";

/** Browsers cannot set fields: they send the key as a subprotocol, its bytes in base64url behind this. */
const KEY_PROTOCOL = "cachee.key.";

export interface WebsocketServer {
  /** Answers `GET /ws`: nothing, when the connection is a WebSocket now. */
  upgrade(request: Request, server: Server<Peer>): Response | undefined;
  readonly handler: WebSocketHandler<Peer>;
  /** Ends every connection. */
  stop(): void;
}

export function createWebsocketServer(options: WebsocketLaneOptions): WebsocketServer {
  const lane = new WebsocketLane(options);
  const { connections, keyring, valueBytesMax } = options;
  const handler: WebSocketHandler<Peer> = {
    maxPayloadLength: valueBytesMax + WEBSOCKET_MESSAGE_BYTES_MAX,
    backpressureLimit: valueBytesMax + WEBSOCKET_MESSAGE_BYTES_MAX,
    closeOnBackpressureLimit: true,
    idleTimeout: WEBSOCKET_IDLE_SECONDS_MAX,
    sendPings: true,
    perMessageDeflate: false,
    open: (socket: ServerWebSocket<Peer>) => socket.data.opened(socket),
    message(socket: ServerWebSocket<Peer>, message: string | Buffer) {
      if (typeof message !== "string") return socket.data.receive(message);
      connections.cut("protocol");
      socket.close(1003, "messages are binary");
    },
    close: (socket: ServerWebSocket<Peer>) => socket.data.closed(),
  };
  return {
    handler,
    upgrade(request, server) {
      const session = new Session(keyring, connections);
      try {
        admit(request, session, connections.enter());
      } catch (thrown) {
        if (!(thrown instanceof CacheeError)) throw thrown;
        return problemReply(thrown);
      }
      const offered = protocolsOf(request);
      const headers = offered.includes(SUBPROTOCOL) ? { "Sec-WebSocket-Protocol": SUBPROTOCOL } : undefined;
      const data = new Peer(lane, session);
      if (server.upgrade(request, headers === undefined ? { data } : { data, headers })) return undefined;
      session.end();
      connections.leave();
      return problemReply(
        new CacheeError("upgrade_required", "This path is a WebSocket.", { Upgrade: "websocket" }),
      );
    },
    stop() {
      for (const peer of lane.peers) peer.end();
    },
  };

  /** Lets `session` in, or throws why not; then no place is taken. */
  function admit(request: Request, session: Session, hasPlace: boolean): void {
    if (!hasPlace)
      throw new CacheeError("rate_limited", "There are too many connections.", { "Retry-After": "1" });
    const presented = presentedKey(request);
    const outcome = presented === undefined ? "wrong" : session.authenticate(undefined, presented);
    if (outcome === "ok") return;
    connections.leave();
    if (outcome === "full") {
      throw new CacheeError("rate_limited", "This API key has too many connections.", { "Retry-After": "1" });
    }
    throw new CacheeError("unauthorized", "This needs an API key: x-api-key, or Authorization: Bearer.", {
      "WWW-Authenticate": "Bearer",
    });
  }
}

function protocolsOf(request: Request): string[] {
  return (request.headers.get("sec-websocket-protocol") ?? "").split(",").map((name) => name.trim());
}

function presentedKey(request: Request): string | undefined {
  const field = request.headers.get("x-api-key") ?? bearerToken(request.headers.get("authorization"));
  if (field !== null) return field;
  const protocol = protocolsOf(request).find((name) => name.startsWith(KEY_PROTOCOL));
  return protocol === undefined
    ? undefined
    : Buffer.from(protocol.slice(KEY_PROTOCOL.length), "base64url").toString("utf8");
}
