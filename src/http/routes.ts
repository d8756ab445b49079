// The table of endpoints: a row for each method of each path. Cold.

import type { Keyring } from "../auth/keyring.ts";
import type { Clock } from "../base/clock.ts";
import type { Lifecycle } from "../base/lifecycle.ts";
import type { Log, LogLevel } from "../base/log.ts";
import { CACHE_PATH } from "../gate/key.ts";
import type { RateLimit } from "../gate/rate-limit.ts";
import type { Overview } from "../dashboard/overview.ts";
import type { Traffic } from "../observe/traffic.ts";
import type { Store } from "../store/store.ts";
import type { Ready } from "./fast/ready.ts";
import { ENTRY_PATH, entriesHandler, entryHandler } from "./handlers/admin/entries.ts";
import { changeLogLevelHandler, logLevelHandler } from "./handlers/admin/log-level.ts";
import { bigHandler, hotHandler } from "./handlers/admin/rankings.ts";
import { lastRequestsHandler } from "./handlers/admin/requests.ts";
import { batchHandler } from "./handlers/batch.ts";
import {
  DASHBOARD_PATH,
  dashboardHandler,
  DOCS_PATH,
  docsHandler,
  toDashboard,
} from "./handlers/dashboard.ts";
import { instancesHandler, type FleetPort } from "./handlers/instances.ts";
import { invalidateHandler } from "./handlers/invalidate.ts";
import { readHandler } from "./handlers/read.ts";
import { redisRestRoutes, type CommandPort } from "./handlers/redis-rest.ts";
import {
  eventsHandler,
  historyHandler,
  liveHandler,
  metricsHandler,
  readyHandler,
  statsHandler,
} from "./handlers/service.ts";
import { websocketHandler, type WebsocketPort } from "./handlers/websocket.ts";
import { deleteHandler, putHandler } from "./handlers/write.ts";
import { problem } from "./reply/problem.ts";
import type { Preferences } from "./request/accept-encoding.ts";
import type { Access, Route } from "./route.ts";

export interface RoutesOptions {
  readonly store: Store<Ready>;
  readonly keyring: Keyring;
  readonly rateLimit: RateLimit;
  readonly preferences: Preferences;
  readonly traffic: Traffic;
  readonly lifecycle: Lifecycle;
  readonly overview: Overview;
  readonly fleet: FleetPort;
  /** The WebSocket lane, where there is one. */
  readonly websocket?: WebsocketPort | undefined;
  /** Redis's commands, where they are served over HTTP. */
  readonly commands?: CommandPort | undefined;
  readonly clock: Clock;
  readonly log: Log;
  /** Has the other processes of the instance change the level of their logs, where there are any. */
  readonly tellLogLevel?: ((level: LogLevel) => void) | undefined;
  readonly valueBytesMax: number;
  readonly defaultTtlMs: number | undefined;
}

const READ: Access = ["read"];
const WRITE: Access = ["write"];

export function routesOf(options: RoutesOptions): readonly Route[] {
  const { store, rateLimit, preferences, overview, websocket, commands } = options;
  const entry = `${CACHE_PATH}*`;
  const put = putHandler(options);
  const dashboard = dashboardHandler(preferences);
  const docs = docsHandler(preferences);
  return [
    { method: "GET", path: entry, access: READ, handler: readHandler(options) },
    { method: "PUT", path: entry, access: WRITE, handler: put },
    { method: "POST", path: entry, access: WRITE, handler: put },
    { method: "DELETE", path: entry, access: WRITE, handler: deleteHandler(options) },
    { method: "POST", path: "/batch", access: ["read", "write"], handler: batchHandler(options) },
    {
      method: "POST",
      path: "/invalidate",
      access: ["write", "admin"],
      handler: invalidateHandler(store, rateLimit),
    },
    { method: "GET", path: "/health/live", access: "public", handler: liveHandler },
    { method: "GET", path: "/health/ready", access: "public", handler: readyHandler(options.lifecycle) },
    { method: "GET", path: "/metrics", access: "any key", handler: metricsHandler(overview) },
    { method: "GET", path: "/stats", access: "any key", handler: statsHandler(overview) },
    { method: "GET", path: "/stats/history", access: "any key", handler: historyHandler(overview) },
    { method: "GET", path: "/admin/events", access: ["admin"], handler: eventsHandler(overview) },
    { method: "GET", path: "/instances", access: "any key", handler: instancesHandler(options.fleet) },
    { method: "GET", path: "/", access: "public", handler: toDashboard },
    { method: "GET", path: DASHBOARD_PATH, access: "public", handler: dashboard },
    { method: "GET", path: `${DASHBOARD_PATH}/*`, access: "public", handler: dashboard },
    { method: "GET", path: DOCS_PATH, access: "public", handler: docs },
    { method: "GET", path: `${DOCS_PATH}/*`, access: "public", handler: docs },
    ...adminRoutes(options),
    // What else will be below this is for keys with the scope `admin`, and so is the word that nothing is there.
    { method: "GET", path: "/admin/*", access: ["admin"], handler: () => nothing() },
    ...(websocket === undefined ? [] : [websocketRoute(websocket)]),
    ...(commands === undefined ? [] : redisRestRoutes({ ...options, commands })),
  ];
}

/** For keys with the scope `admin`, within their prefix. */
function adminRoutes(options: RoutesOptions): Route[] {
  const { store, clock, log, overview, tellLogLevel } = options;
  const access: Access = ["admin"];
  return [
    { method: "GET", path: "/admin/entries", access, handler: entriesHandler(options) },
    { method: "GET", path: `${ENTRY_PATH}*`, access, handler: entryHandler(store, clock) },
    { method: "GET", path: "/admin/requests", access, handler: lastRequestsHandler(options) },
    { method: "GET", path: "/admin/log-level", access, handler: logLevelHandler(log) },
    { method: "PUT", path: "/admin/log-level", access, handler: changeLogLevelHandler(log, tellLogLevel) },
    { method: "GET", path: "/admin/hot", access, handler: hotHandler(overview) },
    { method: "GET", path: "/admin/big", access, handler: bigHandler(overview) },
  ];
}

function websocketRoute(port: WebsocketPort): Route {
  return {
    method: "GET",
    path: "/ws",
    access: "any key",
    credentialsOf: port.credentialsOf,
    handler: websocketHandler(port),
  };
}

function nothing(): Response {
  return problem("path_not_found", "There is nothing on this path.");
}
