// First and second reads of entries just written, by clients not seen before: once for each entry, so seldom in other requests. Cold.

import type { App } from "../../http/app.ts";
import { SECRET, type Send, type Throwaway } from "./throwaway.ts";

const ENTRIES = 8;
const READS = 3;
const VALUE_BYTES = 1_024;
const HOUR_MS = 3_600_000;
const HOST = "127.0.0.1:3000";

/** Each round has entries and content types of its own, and texts of Accept-Encoding that were never read. */
export function firstReads(app: App, { store }: Throwaway): Send {
  let round = 0;
  return () => {
    round++;
    for (let i = 0; i < ENTRIES; i++) {
      const key = `first-${round}-${i}`;
      store.write(key, {
        body: new Uint8Array(VALUE_BYTES),
        contentType: `application/${key}`,
        cacheControl: undefined,
        ttlMs: i % 2 === 0 ? HOUR_MS : undefined,
        tags: [],
      });
      const headers = {
        host: HOST,
        "x-api-key": SECRET,
        "accept-encoding": `gzip, deflate, br, zstd;q=0.${round}${i}`,
      };
      const request = new Request(`http://${HOST}/cache/${key}`, { headers });
      for (let n = 0; n < READS; n++) void app.get(request, key);
    }
  };
}
