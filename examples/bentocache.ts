// Two Bentocaches, each with memory of its own in front of Cachee; Bentocache's Redis bus speaks to Cachee's port for Redis
// clients, so that what one changes leaves the other's memory at once. An application imports `cachee/bentocache`.

import { BentoCache, bentostore } from "bentocache";
import { memoryDriver } from "bentocache/drivers/memory";
import { redisBusDriver } from "bentocache/drivers/redis";
import { cacheeDriver } from "../src/client/adapters/bentocache.ts";
import { key, respPort, url } from "./address.ts";

const bento = () =>
  new BentoCache({
    default: "store",
    stores: {
      store: bentostore()
        .useL1Layer(memoryDriver())
        .useL2Layer(cacheeDriver({ url, apiKey: key }))
        .useBus(redisBusDriver({ connection: { host: "127.0.0.1", port: respPort, password: key } })),
    },
  });
const [one, other] = [bento(), bento()];
const read = (cache: typeof one) => cache.get({ key: "price" });

// The bus is subscribed to in the background.
for (let price = 1; ; price++) {
  await one.set({ key: "price", value: price });
  if ((await read(other)) === price && price > 1) break;
}
console.log("what one sets the other reads, out of its memory too");

let made = 0;
const report = { key: "report", factory: () => `report ${++made}`, ttl: "1m", tags: ["reports"] };
await one.delete({ key: "report" });
console.log(await one.getOrSet(report), await other.getOrSet(report));
await one.deleteByTag({ tags: ["reports"] });
console.log(await one.getOrSet(report));

await Promise.all([one.disconnectAll(), other.disconnectAll()]);
