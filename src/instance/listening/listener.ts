// Bun.serve around the application: the listeners, the native route of the fast lane, drain and stop.

import { reportBug } from "../../base/bug.ts";
import type { Server, TLSOptions, WebSocketHandler } from "bun";
import { DRAIN_MS_MAX, IDLE_SECONDS_MAX, UPLOAD_SECONDS_MAX } from "../../base/limits.ts";
import type { Log } from "../../base/log.ts";
import type { App } from "../../http/app.ts";
import { bindTo } from "./bind.ts";
import { nativeRoutes } from "../../http/fast/native-routes.ts";
import { bugReply } from "../../http/reply/problem.ts";
import type { WebsocketConnection } from "../../websocket/connection.ts";
import type { WebsocketServer } from "../../websocket/server.ts";

export interface ListenOptions {
  readonly app: App;
  readonly host: string;
  readonly port: number;
  readonly unix: string | undefined;
  readonly tls: TLSOptions | undefined;
  readonly reusePort: boolean;
  readonly log: Log;
  /** The WebSocket lane, where there is one. */
  readonly websocket?: WebsocketServer;
  /** IDLE_SECONDS_MAX and UPLOAD_SECONDS_MAX, unless given. */
  readonly timeouts?: ConnectionTimeouts;
}

/** After how many seconds connections are cut: silent ones, and those busy with a PUT or POST. */
export interface ConnectionTimeouts {
  readonly idleSeconds: number;
  readonly uploadSeconds: number;
}

const TIMEOUTS: ConnectionTimeouts = { idleSeconds: IDLE_SECONDS_MAX, uploadSeconds: UPLOAD_SECONDS_MAX };

/** Bun wants a handler where none will be called. */
const NO_WEBSOCKET: WebSocketHandler<WebsocketConnection> = { message: () => {} };

export interface Listener {
  readonly url: string;
  readonly port: number;
  /** New connections get this certificate; with `reusePort` alone, since it listens anew. Old ones end as they would. */
  exchangeTls(tls: TLSOptions): void;
  /** Refuses new connections, lets running requests finish for up to DRAIN_MS_MAX, then closes. */
  stop(): Promise<void>;
}

export function listen(options: ListenOptions): Listener {
  const { app, log, websocket } = options;
  const { idleSeconds, uploadSeconds } = options.timeouts ?? TIMEOUTS;
  const common = {
    development: false as const,
    idleTimeout: idleSeconds,
    // Bodies are the handlers' to bound: they refuse as early, and with a reason.
    maxRequestBodySize: Number.MAX_SAFE_INTEGER,
    routes: nativeRoutes(app),
    websocket: websocket?.handler ?? NO_WEBSOCKET,
    fetch(request: Request, server: Server<WebsocketConnection>) {
      if (request.method === "PUT" || request.method === "POST") server.timeout(request, uploadSeconds);
      return app.fetch(request, server);
    },
    error(error: Error) {
      return bugReply(reportBug(log, error, { lane: "http" }));
    },
  };
  const serveTcp = (port: number, tls: TLSOptions | undefined) =>
    bindTo({ setting: "CACHEE_PORT", address: `${options.host}:${port}` }, () =>
      Bun.serve({
        ...common,
        ...(tls === undefined ? {} : { tls, http2: true }),
        // Bun takes two servers on one port for one that is to be reloaded, unless they say that they are not.
        id: crypto.randomUUID(),
        hostname: options.host,
        port,
        reusePort: options.reusePort,
      }),
    );
  let main = serveTcp(options.port, options.tls);
  const servers: Server<WebsocketConnection>[] = [main];
  const { unix } = options;
  if (unix !== undefined) {
    // Bun.serve obeys idleTimeout here as well, though its types have it for TCP alone. But the timeout of one request
    // it does not: so that a slow upload comes to its end, silence has as long as that.
    const patient = { ...common, idleTimeout: uploadSeconds };
    const local = Object.assign({ unix }, patient as Omit<typeof common, "idleTimeout">);
    servers.push(bindTo({ setting: "CACHEE_UNIX", address: unix }, () => Bun.serve(local)));
  }
  const host = options.host.includes(":") ? `[${options.host}]` : options.host;
  return {
    url: `${options.tls === undefined ? "http" : "https"}://${host}:${main.port}`,
    port: main.port!,
    exchangeTls(tls) {
      const old = main;
      main = serveTcp(old.port!, tls);
      servers.push(main);
      void old.stop().then(() => servers.splice(servers.indexOf(old), 1));
    },
    stop: () => stopAll(servers),
  };
}

async function stopAll(servers: readonly Server<WebsocketConnection>[]): Promise<void> {
  let timer: Timer | undefined;
  const late = new Promise<"late">((resolve) => {
    timer = setTimeout(() => resolve("late"), DRAIN_MS_MAX);
  });
  const finished = Promise.all(servers.map((server) => server.stop()));
  if ((await Promise.race([finished, late])) === "late") {
    await Promise.all(servers.map((server) => server.stop(true)));
  }
  clearTimeout(timer);
}
