// A process of callers for fleet.test.ts: all ask for one key at once. Prints a line `filling` when the slow function
// begins, and at the end how often it ran here. The slow function ends once a line comes from standard input. The servers
// come separated by commas.

import { CacheeClient } from "../../src/client/client.ts";

const [urls = "", apiKey = "", key = "", callers = "", failures = "0"] = process.argv.slice(2);
const cache = new CacheeClient({ url: urls.split(","), apiKey });
const released = process.stdin[Symbol.asyncIterator]().next();
let fills = 0;
let failed = 0;

async function fill(): Promise<string> {
  fills++;
  console.log("filling");
  await released;
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
console.log("asking");
const made = (await Promise.all(calls)).filter((value) => value === "made").length;
console.log(JSON.stringify({ fills, failed, made }));
process.exit(0);
