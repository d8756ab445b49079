// Has the runtime compile what answers over HTTP before the first client comes: a process begins by interpreting. Cold.

import { bareKey } from "../auth/api-key.ts";
import { Keyring } from "../auth/keyring.ts";
import { systemClock } from "../base/clock.ts";
import { WARM_CODE_MS_MAX, WARM_CODE_ROUNDS } from "../base/limits.ts";
import { silentLog } from "../base/log.ts";
import type { Settings } from "../base/settings/settings.ts";
import { createEngine } from "../cache/l1.ts";
import { createApp, type App } from "../http/app.ts";
import type { Ready } from "../http/fast/ready.ts";
import { Traffic } from "../observe/traffic.ts";
import { Compressor } from "../record/compressor.ts";
import { EmbeddedStore } from "../store/embedded/embedded-store.ts";

const L1_BYTES = 1024 * 1024;
const KEYS = 8;
const SECRET = "known-to-nobody-else";
const HOST = "127.0.0.1:3000";
const CLIENTS = [
  { "accept-encoding": "identity" },
  { "accept-encoding": "gzip, deflate, br, zstd", accept: "*/*", "user-agent": "warm" },
];

/**
 * Sends requests of every common kind through an application like the instance's own, over a store and figures that
 * are thrown away. Gives the event loop back after each round; ends after WARM_CODE_MS_MAX at the latest.
 */
export async function warmCode(settings: Settings): Promise<void> {
  const app = throwawayApp(settings);
  const rounds = await roundsOf(app);
  const endMs = systemClock.nowMs() + WARM_CODE_MS_MAX;
  for (let i = 0; i < WARM_CODE_ROUNDS && systemClock.nowMs() < endMs; i++) {
    for (const send of rounds) await send();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function throwawayApp({ eviction: policy, corsOrigins, valueBytesMax }: Settings): App {
  const store = new EmbeddedStore<Ready>({
    createEngine: (isValid) => createEngine<Ready>({ policy, bytesMax: L1_BYTES, isValid }),
    clock: systemClock,
    compressor: new Compressor(),
    epoch: "warm",
  });
  const nothing = () => Promise.reject(new Error("nobody asks for this"));
  return createApp({
    settings: { corsOrigins, valueBytesMax, rateLimit: undefined, defaultTtlMs: undefined },
    store,
    keyring: new Keyring([bareKey(SECRET)]),
    traffic: new Traffic(systemClock),
    lifecycle: { state: "ready" },
    overview: { snapshot: nothing, history: nothing, events: nothing },
    fleet: { view: nothing },
    clock: systemClock,
    log: silentLog,
  });
}

type Send = () => Response | Promise<Response>;

/** One request of each kind, hits several times; PUTs need a body that was not read, so there is a new one each time. */
async function roundsOf(app: App): Promise<readonly Send[]> {
  const urlOf = (key: string) => `http://${HOST}/cache/${key}`;
  const request = (key: string, fields: Record<string, string>, init: RequestInit = {}) =>
    new Request(urlOf(key), { ...init, headers: { host: HOST, "x-api-key": SECRET, ...fields } });
  const put = (key: string) =>
    app.fetch(request(key, { "content-type": "text/plain" }, { method: "PUT", body: key.repeat(200) }));
  const sends: Send[] = [() => put("k0"), () => app.get(request("none", {}), "none")];
  for (let i = 0; i < KEYS; i++) {
    const key = `k${i}`;
    const { headers } = await put(key);
    const known = request(key, { "if-none-match": headers.get("etag")! });
    for (const fields of CLIENTS) {
      const hit = request(key, fields);
      for (let n = 0; n < KEYS; n++) sends.push(() => app.get(hit, key));
      sends.push(() => app.fetch(hit));
    }
    sends.push(() => app.get(known, key));
  }
  return sends;
}
