// A process of callers for fleet.test.ts: all ask for one key at once; prints how often the slow function ran here.

import { CacheeClient } from "../../src/client/client.ts";

const [url = "", apiKey = "", key = "", callers = "", fillMs = "", failures = "0"] = process.argv.slice(2);
const cache = new CacheeClient({ url, apiKey });
let fills = 0;
let failed = 0;

async function fill(): Promise<string> {
  fills++;
  await Bun.sleep(Number(fillMs));
  if (fills <= Number(failures)) throw new Error("the source is away");
  return "made";
}

const calls = Array.from({ length: Number(callers) }, async () => {
  try {
    return await cache.getOrSet(key, fill, { ttl: 60, waitMs: 10_000 });
  } catch {
    failed++;
    return undefined;
  }
});
const made = (await Promise.all(calls)).filter((value) => value === "made").length;
console.log(JSON.stringify({ fills, failed, made }));
