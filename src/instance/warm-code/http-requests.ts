// Requests over HTTP of every common kind, to be sent to an application that is thrown away. Cold.

import type { Settings } from "../../base/settings/settings.ts";
import { createApp, type App } from "../../http/app.ts";
import { Compressor } from "../../record/compressor.ts";
import { LateVariants } from "../../store/late-variants.ts";
import { SECRET, type Send, type Throwaway } from "./throwaway.ts";

const KEYS = 8;
/** A key that is there once the requests have been made. */
export const WARM_KEY = "k0";
const HOST = "127.0.0.1:3000";
const CLIENTS = [
  { "accept-encoding": "identity" },
  { "accept-encoding": "gzip, deflate, br, zstd", accept: "*/*", "user-agent": "warm" },
];

/** An application like the instance's own, of which nothing is to be seen. */
export function throwawayApp(parts: Throwaway, { corsOrigins }: Settings): App {
  const nothing = () => Promise.reject(new Error("nobody asks for this"));
  const late = new LateVariants(parts.store.engine, new Compressor(), parts.clock);
  return createApp({
    ...parts,
    readOften: (entry) => late.consider(entry),
    settings: { ...parts, corsOrigins, rateLimit: undefined },
    lifecycle: { state: "ready" },
    overview: { snapshot: nothing, history: nothing, events: nothing, requests: nothing, ranking: nothing },
    fleet: { view: nothing },
  });
}

/** Hits several times, in their variants, a 304 for each key, a miss and a write: a PUT has a new body each time. */
export async function httpRequests(app: App): Promise<readonly Send[]> {
  const request = (key: string, fields: Record<string, string>, init: RequestInit = {}) =>
    new Request(`http://${HOST}/cache/${key}`, {
      ...init,
      headers: { host: HOST, "x-api-key": SECRET, ...fields },
    });
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
