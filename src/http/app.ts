// The HTTP application: the fast lane before everything, the cold lane behind it. In memory or on a socket.

import type { Keyring } from "../auth/keyring.ts";
import type { Clock } from "../base/clock.ts";
import type { Lifecycle } from "../base/lifecycle.ts";
import type { Log } from "../base/log.ts";
import type { Settings } from "../base/settings.ts";
import { dashboardHandler } from "./handlers/dashboard.ts";
import type { GatherReport } from "../observe/report.ts";
import type { Traffic } from "../observe/traffic.ts";
import type { Store } from "../store/store.ts";
import { BODY_BOUNDS, type BodyBounds } from "./body.ts";
import { Preferences } from "./accept-encoding.ts";
import { fold, type Context, type Handler } from "./context.ts";
import { createFastLane } from "./fast-lane.ts";
import { batchHandler } from "./handlers/batch.ts";
import { invalidateHandler } from "./handlers/invalidate.ts";
import { readHandler } from "./handlers/read.ts";
import { liveHandler, metricsHandler, readyHandler, statsHandler } from "./handlers/service.ts";
import { deleteHandler, putHandler } from "./handlers/write.ts";
import { HostCheck } from "./host.ts";
import { CACHE_PATH } from "../gate/key.ts";
import { auth } from "./middleware/auth.ts";
import { compress } from "./middleware/compress.ts";
import { cors } from "./middleware/cors.ts";
import { errors } from "./middleware/errors.ts";
import { hostCheck } from "./middleware/host-check.ts";
import { requestId } from "./middleware/request-id.ts";
import { securityHeaders } from "./middleware/security-headers.ts";
import { RateLimit } from "../gate/rate-limit.ts";
import type { Ready } from "./reply.ts";
import { createRouter } from "./router.ts";
import { pathStart, targetOf } from "./target.ts";

export interface AppOptions {
  readonly settings: Pick<Settings, "corsOrigins" | "defaultTtlMs" | "rateLimit" | "valueBytesMax">;
  readonly store: Store<Ready>;
  readonly keyring: Keyring;
  /** The one of all lanes; without it the application makes its own. */
  readonly rateLimit?: RateLimit;
  readonly traffic: Traffic;
  readonly lifecycle: Lifecycle;
  readonly report: GatherReport;
  readonly instances: Handler;
  readonly clock: Clock;
  /** BODY_BOUNDS, unless given. */
  readonly bodyBounds?: BodyBounds;
  readonly log: Log;
}

export interface App {
  /** GET of a key whose segments Bun's own router has cut out and decoded. Hot. */
  get(request: Request, key: string): Response | Promise<Response>;
  /** Any request. */
  fetch(request: Request): Response | Promise<Response>;
  /** Any request, by the cold lane alone. */
  cold(request: Request): Response | Promise<Response>;
}

export function createApp(options: AppOptions): App {
  const { settings, traffic, bodyBounds = BODY_BOUNDS } = options;
  const { nowNs } = options.clock;
  const preferences = new Preferences();
  const hosts = new HostCheck();
  const fastLane = createFastLane({ ...options, preferences, hosts, cors: settings.corsOrigins.length > 0 });
  const handle = pipeline(options, preferences, hosts);

  const coldFrom = async (request: Request, startNs: number): Promise<Response> => {
    const { path, query } = targetOf(request.url);
    const context: Context = { request, path, query, startNs, bodyBounds, requestId: "", apiKey: undefined };
    const response = await handle(context);
    traffic.coldDone(request.method, response.status, startNs);
    return response;
  };

  return {
    get(request, key) {
      const startNs = nowNs();
      return fastLane(request.headers, key, startNs) ?? coldFrom(request, startNs);
    },
    fetch(request) {
      const startNs = nowNs();
      if (request.method === "GET") {
        const key = plainKeyOf(request.url);
        const response = key === undefined ? undefined : fastLane(request.headers, key, startNs);
        if (response !== undefined) return response;
      }
      return coldFrom(request, startNs);
    },
    cold(request) {
      return coldFrom(request, nowNs());
    },
  };
}

/** The key in `url`, if it is one that needs no decoding; the cold lane reads the others. Hot. */
function plainKeyOf(url: string): string | undefined {
  const from = pathStart(url);
  if (!url.startsWith(CACHE_PATH, from)) return undefined;
  if (url.includes("%", from) || url.includes("?", from) || url.includes("#", from)) return undefined;
  return url.slice(from + CACHE_PATH.length);
}

/** The middleware, folded once around the router. */
function pipeline(options: AppOptions, preferences: Preferences, hosts: HostCheck): Handler {
  const { settings, store, keyring, traffic, log } = options;
  const rateLimit = options.rateLimit ?? new RateLimit(settings.rateLimit, traffic);
  const { valueBytesMax, defaultTtlMs } = settings;
  const write = { store, rateLimit, valueBytesMax, defaultTtlMs };
  const router = createRouter({
    read: readHandler({ store, preferences, rateLimit, traffic }),
    put: putHandler(write),
    delete: deleteHandler(write),
    batch: batchHandler({ ...write, traffic, clock: options.clock }),
    invalidate: invalidateHandler(store, rateLimit),
    live: liveHandler,
    ready: readyHandler(options.lifecycle),
    metrics: metricsHandler(options.report),
    stats: statsHandler(options.report),
    instances: options.instances,
    dashboard: dashboardHandler(preferences),
  });
  const crossOrigin = settings.corsOrigins.length === 0 ? [] : [cors(settings.corsOrigins)];
  return fold(
    [
      requestId,
      securityHeaders,
      ...crossOrigin,
      errors(log),
      hostCheck(hosts),
      auth(keyring),
      compress(preferences),
    ],
    router,
  );
}
