// GET /ws: makes the connection a WebSocket, by way of the lane that serves it.

import type { Server } from "bun";
import type { Credentials } from "../../gate/credentials.ts";
import type { Handler } from "../context.ts";
import { problem } from "../reply/problem.ts";

/** What came of an attempt to make a connection a WebSocket; `full` and `key_full`: too many are open. */
export type UpgradeOutcome = "upgraded" | "full" | "key_full" | "unknown_key" | "no_websocket";

/** What this needs of the WebSocket lane. */
export interface WebsocketPort {
  /** What a request presents of its API key: browsers can only name it as a subprotocol. */
  credentialsOf(headers: Headers): Credentials | undefined;
  upgrade(request: Request, server: Server<unknown>, credentials: Credentials): UpgradeOutcome;
}

/** The status by which Bun is told that the connection is no longer HTTP's. */
const UPGRADED = 101;

export function websocketHandler(port: WebsocketPort): Handler {
  return ({ request, server }) => {
    const credentials = port.credentialsOf(request.headers);
    const outcome =
      server === undefined || credentials === undefined
        ? "no_websocket"
        : port.upgrade(request, server, credentials);
    switch (outcome) {
      case "upgraded":
        return new Response(null, { status: UPGRADED });
      case "full":
        return problem("rate_limited", "There are too many connections.", { "Retry-After": "1" });
      case "key_full":
        return problem("rate_limited", "This API key has too many connections.", { "Retry-After": "1" });
      case "unknown_key":
        return problem("unauthorized", "The API key is not known here.", { "WWW-Authenticate": "Bearer" });
      case "no_websocket":
        return problem("upgrade_required", "This path is a WebSocket.", { Upgrade: "websocket" });
    }
  };
}
