// An application in memory, with a clock in the test's hand.

import { Keyring } from "../../src/auth/keyring.ts";
import { parseApiKeys } from "../../src/auth/parse-keys.ts";
import type { Clock } from "../../src/base/clock.ts";
import type { Lifecycle } from "../../src/base/lifecycle.ts";
import { silentLog } from "../../src/base/log.ts";
import { createEngine } from "../../src/cache/l1.ts";
import { ownRanking } from "../../src/http/handlers/admin/own-ranking.ts";
import { createApp, type App, type AppOptions } from "../../src/http/app.ts";
import { Preferences } from "../../src/http/request/accept-encoding.ts";
import { credentialsOf } from "../../src/gate/credentials.ts";
import { CACHE_PATH } from "../../src/gate/key.ts";
import { RateLimit } from "../../src/gate/rate-limit.ts";
import type { Ready } from "../../src/http/fast/ready.ts";
import type { Route } from "../../src/http/route.ts";
import { routesOf } from "../../src/http/routes.ts";
import { snapshotOf } from "../../src/observe/snapshot.ts";
import { Traffic } from "../../src/observe/traffic.ts";
import { listen, type ConnectionTimeouts, type Listener } from "../../src/instance/listening/listener.ts";
import { Compressor } from "../../src/record/compressor.ts";
import { EmbeddedStore } from "../../src/store/embedded/embedded-store.ts";
import { sourcesOf } from "./sources.ts";

export const SECRET = "test-secret";
export const KEYS = [
  `default:read+write+admin=${SECRET}`,
  "reader:read=reader-secret",
  "writer:write=writer-secret",
  "shop:read+write:shop/=shop-secret",
  `digest:read=sha256:${new Bun.CryptoHasher("sha256").update("digest-secret").digest("hex")}`,
].join(",");

export interface TestApp {
  readonly app: App;
  /** The table of endpoints that the application has. */
  readonly routes: readonly Route[];
  readonly store: EmbeddedStore<Ready>;
  readonly compressor: Compressor;
  readonly lifecycle: Lifecycle;
  readonly traffic: Traffic;
  readonly keyring: Keyring;
  /** Moves both clocks on. */
  advance(ms: number): void;
  /** Sends a request with the test's key and no content coding, unless `init` says otherwise. */
  send(path: string, init?: RequestInit): Promise<Response>;
  close(): Promise<void>;
}

/** How requests reach the application: called directly, or through a listener and a real connection. */
export const TRANSPORTS = ["memory", "socket"] as const;
export type Transport = (typeof TRANSPORTS)[number];

export function createTestApp(
  settings: Partial<AppOptions["settings"]> = {},
  transport: Transport = "memory",
  overrides: Partial<Pick<AppOptions, "bodyBounds" | "inFlight" | "isSecure" | "store">> = {},
): TestApp {
  let offsetMs = 0;
  const clock: Clock = {
    nowNs: () => Bun.nanoseconds() + offsetMs * 1e6,
    nowMs: () => Bun.nanoseconds() / 1e6 + offsetMs,
    wallMs: () => Date.now() + offsetMs,
  };
  const keys = parseApiKeys(KEYS, ",", "test");
  if (typeof keys === "string") throw new Error(keys);
  const keyring = new Keyring(keys);
  const compressor = new Compressor();
  const store = new EmbeddedStore<Ready>({
    createEngine: (validation) =>
      createEngine<Ready>({ policy: "s3fifo", bytesMax: 64 * 1024 * 1024, ...validation }),
    clock,
    compressor,
    epoch: "test-epoch",
  });
  const traffic = new Traffic(clock);
  const lifecycle: Lifecycle = { state: "ready" };
  const options: AppOptions = {
    settings: {
      corsOrigins: [],
      defaultTtlMs: undefined,
      rateLimit: undefined,
      valueBytesMax: 1024 * 1024,
      ...settings,
    },
    store,
    keyring,
    traffic,
    lifecycle,
    overview: {
      snapshot: () =>
        snapshotOf(
          sourcesOf({
            traffic,
            engineStats: () => store.engine.stats(),
            lifecycle,
            nowMs: clock.nowMs,
            wallMs: clock.wallMs,
          }),
        ),
      history: () => [],
      events: () => [],
      requests: (after) => traffic.lastRequests.since(after),
      ranking: (query) => ownRanking(store.engine, clock, query),
    },
    fleet: { view: async () => ({ instances: [], decisions: [] }) },
    clock,
    ...overrides,
    websocket: { credentialsOf, upgrade: () => "no_websocket" },
    log: silentLog,
  };
  const app = createApp(options);
  const rateLimit = new RateLimit(undefined, traffic);
  const listener = transport === "socket" ? listenOn(app) : undefined;
  return {
    app,
    routes: routesOf({ ...options, ...options.settings, rateLimit, preferences: new Preferences() }),
    store,
    compressor,
    lifecycle,
    traffic,
    keyring,
    advance: (ms) => {
      offsetMs += ms;
    },
    send: async (path, init) => {
      if (listener === undefined) return sendInMemory(app, requestOf("http://cachee.test", path, init));
      return fetch(requestOf(listener.url, path, init), { decompress: false });
    },
    close: async () => listener?.stop(),
  };
}

/** A listener for `app` on a free port of loopback, and at a unix socket if `unix` names one. */
export function listenOn(app: App, timeouts?: ConnectionTimeouts, unix?: string): Listener {
  return listen({
    app,
    host: "127.0.0.1",
    port: 0,
    unix,
    tls: undefined,
    reusePort: false,
    ...(timeouts === undefined ? {} : { timeouts }),
    log: silentLog,
  });
}

/** Calls the application as the listener would: GETs of one segment go to the native route. */
export function sendInMemory(app: App, request: Request): Response | Promise<Response> {
  const path = new URL(request.url).pathname;
  const segment = path.slice(CACHE_PATH.length);
  const native = request.method === "GET" && path.startsWith(CACHE_PATH) && /^[^/]+$/.test(segment);
  return native ? app.get(request, routeParameter(segment)) : app.fetch(request);
}

/** What Bun's router makes of a raw path segment: decoded, with U+FFFD where it cannot be. */
function routeParameter(segment: string): string {
  if (/%(?![0-9A-Fa-f]{2})/.test(segment)) return "\ufffd";
  const bytes = segment.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return new TextDecoder().decode(Buffer.from(bytes, "latin1"));
}

function requestOf(origin: string, path: string, init: RequestInit = {}): Request {
  const headers = new Headers(init.headers);
  if (!headers.has("x-api-key") && !headers.has("authorization")) headers.set("x-api-key", SECRET);
  if (!headers.has("accept-encoding")) headers.set("accept-encoding", "identity");
  return new Request(`${origin}${path}`, { ...init, headers });
}
