// An application in memory, with a clock in the test's hand.

import { Keyring, parseApiKeys } from "../../src/auth/keyring.ts";
import type { Clock } from "../../src/base/clock.ts";
import type { Lifecycle } from "../../src/base/lifecycle.ts";
import { silentLog } from "../../src/base/log.ts";
import { createEngine } from "../../src/cache/l1.ts";
import { createApp, type App, type AppOptions } from "../../src/http/app.ts";
import { jsonReply } from "../../src/http/json-reply.ts";
import type { Ready } from "../../src/http/reply.ts";
import { EMBEDDED_REPORT } from "../../src/observe/report.ts";
import { Traffic } from "../../src/observe/traffic.ts";
import { Compressor } from "../../src/store/compressor.ts";
import { EmbeddedStore } from "../../src/store/embedded-store.ts";

export const SECRET = "test-secret";
export const KEYS = [
  SECRET,
  "reader:read=reader-secret",
  "writer:write=writer-secret",
  "shop:read+write:shop/=shop-secret",
  `digest:read=sha256:${new Bun.CryptoHasher("sha256").update("digest-secret").digest("hex")}`,
].join(",");

export interface TestApp {
  readonly app: App;
  readonly store: EmbeddedStore<Ready>;
  readonly compressor: Compressor;
  readonly lifecycle: Lifecycle;
  readonly traffic: Traffic;
  readonly keyring: Keyring;
  /** Moves both clocks on. */
  advance(ms: number): void;
  /** A request as the server would route it: one-segment GETs to the native route. */
  send(path: string, init?: RequestInit): Promise<Response>;
}

export function createTestApp(settings: Partial<AppOptions["settings"]> = {}): TestApp {
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
    createEngine: (isValid) => createEngine<Ready>({ policy: "s3fifo", bytesMax: 64 * 1024 * 1024, isValid }),
    clock,
    compressor,
    epoch: "test-epoch",
  });
  const traffic = new Traffic(clock);
  const lifecycle: Lifecycle = { state: "ready" };
  const app = createApp({
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
    report: {
      instance: "test",
      traffic,
      engineStats: () => store.engine.stats(),
      shared: () => EMBEDDED_REPORT,
    },
    instances: () => jsonReply({ instances: [], decisions: [] }),
    clock,
    log: silentLog,
  });
  return {
    app,
    store,
    compressor,
    lifecycle,
    traffic,
    keyring,
    advance: (ms) => {
      offsetMs += ms;
    },
    send: async (path, init) => send(app, path, init),
  };
}

const ONE_SEGMENT = /^\/cache\/([^/?#]+)(?:[?#].*)?$/;

async function send(app: App, path: string, init: RequestInit = {}): Promise<Response> {
  const request = requestOf(path, init);
  const match = ONE_SEGMENT.exec(path);
  if (match === null || request.method !== "GET") return app.fetch(request);
  return app.get(request, routeParameter(match[1]!));
}

/** What Bun's router hands over for a raw path segment: decoded, with U+FFFD where it cannot be. */
export function routeParameter(segment: string): string {
  const bytes = Buffer.from(
    segment.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    "latin1",
  );
  return /%(?![0-9A-Fa-f]{2})/.test(segment) ? "\ufffd" : new TextDecoder().decode(bytes);
}

export function requestOf(path: string, init: RequestInit = {}): Request {
  const headers = new Headers(init.headers);
  if (!headers.has("x-api-key") && !headers.has("authorization")) headers.set("x-api-key", SECRET);
  headers.set("host", "cachee.test");
  return new Request(`http://cachee.test${path}`, { ...init, headers });
}
