// The HTTP application: the fast lane before everything, the cold lane behind it. In memory or on a socket.

import type { Server } from "bun";
import type { Keyring } from "../auth/keyring.ts";
import { InFlight } from "../base/in-flight.ts";
import type { Log } from "../base/log.ts";
import { loopWork } from "../base/loop/loop-work.ts";
import type { Settings } from "../base/settings/settings.ts";
import { CACHE_PATH } from "../gate/key.ts";
import { RateLimit } from "../gate/rate-limit.ts";
import { Turns } from "../gate/turns.ts";
import { createColdLane } from "./cold-lane.ts";
import { createFastLane, type FastLaneOptions } from "./fast/fast-lane.ts";
import { createPipeline } from "./pipeline.ts";
import { Preferences } from "./request/accept-encoding.ts";
import { BODY_BOUNDS, type BodyBounds } from "./request/body-bounds.ts";
import { HostCheck } from "./request/host.ts";
import { pathStart } from "./request/target.ts";
import { routesOf, type RoutesOptions } from "./routes.ts";

export interface AppOptions extends Pick<
  RoutesOptions,
  | "store"
  | "traffic"
  | "lifecycle"
  | "overview"
  | "fleet"
  | "websocket"
  | "commands"
  | "clock"
  | "tellLogLevel"
> {
  readonly settings: Pick<Settings, "corsOrigins" | "defaultTtlMs" | "rateLimit" | "valueBytesMax">;
  readonly keyring: Keyring;
  /** The one of all lanes; without it the application makes its own. */
  readonly rateLimit?: RateLimit;
  /** The one of the process; without it the application makes its own. */
  readonly inFlight?: InFlight;
  /** That of the process; without it the application makes its own. */
  readonly turns?: Turns;
  /** Every request comes over TLS. */
  readonly isSecure?: boolean;
  /** Told of entries that HTTP reads often; without it nobody is. */
  readonly readOften?: FastLaneOptions["readOften"];
  /** BODY_BOUNDS, unless given. */
  readonly bodyBounds?: BodyBounds;
  readonly log: Log;
}

export interface App {
  /** GET of a key whose segments Bun's own router has cut out and decoded. Hot. */
  get(request: Request, key: string, server?: Server<unknown>): Response | Promise<Response>;
  /** Any request; `server` is Bun's that took it. */
  fetch(request: Request, server?: Server<unknown>): Response | Promise<Response>;
  /** Any request, by the cold lane alone. */
  cold(request: Request, server?: Server<unknown>): Response | Promise<Response>;
}

/** Whatever the fast lane answers. */
const FAST = loopWork.kind("http fast");

export function createApp(options: AppOptions): App {
  const {
    settings,
    traffic,
    keyring,
    lifecycle,
    log,
    bodyBounds = BODY_BOUNDS,
    inFlight = new InFlight(),
    turns = new Turns(),
  } = options;
  const { nowNs } = options.clock;
  const preferences = new Preferences();
  const hosts = new HostCheck();
  const cors = settings.corsOrigins.length > 0;
  const { isSecure = false, readOften = () => undefined } = options;
  const fastLane = createFastLane({ ...options, turns, preferences, hosts, cors, isSecure, readOften });
  const rateLimit = options.rateLimit ?? new RateLimit(settings.rateLimit, traffic);
  const routes = routesOf({ ...options, ...settings, rateLimit, preferences });
  const handle = createPipeline({ ...settings, routes, keyring, lifecycle, preferences, hosts, log });

  const coldFrom = createColdLane({ handle, traffic, bodyBounds, inFlight, turns, log, nowNs });

  return {
    get(request, key, server) {
      const startNs = nowNs();
      loopWork.begin(FAST, startNs);
      // While draining each answer says that the connection is closed, which ready ones do not.
      if (lifecycle.state === "draining") return coldFrom(request, startNs, server);
      return fastLane(request.headers, key, startNs) ?? coldFrom(request, startNs, server);
    },
    fetch(request, server) {
      const startNs = nowNs();
      loopWork.begin(FAST, startNs);
      if (request.method === "GET" && lifecycle.state !== "draining") {
        const key = plainKeyOf(request.url);
        const response = key === undefined ? undefined : fastLane(request.headers, key, startNs);
        if (response !== undefined) return response;
      }
      return coldFrom(request, startNs, server);
    },
    cold(request, server) {
      return coldFrom(request, nowNs(), server);
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
