// cache-manager with two tiers: the process's own memory in front of Cachee. An application imports `cachee/cache-manager`.

import { createCache } from "cache-manager";
import { Keyv } from "keyv";
import { cacheeStore } from "../src/client/adapters/cache-manager.ts";
import { key, url } from "./address.ts";

const tiers = () => createCache({ stores: [new Keyv({ ttl: 5_000 }), cacheeStore({ url, apiKey: key })] });
const [one, other] = [tiers(), tiers()];

let made = 0;
const report = () => `report ${++made}`;
console.log(await one.wrap("reports/today", report, 60_000));
// Another process, whose memory is empty: Cachee has it.
console.log(await other.wrap("reports/today", report, 60_000));
await one.del("reports/today");
console.log(await one.get("reports/today"));
