// Two bentocaches with Redis as their second tier and as their bus: what one changes the other hears of.
import assert from "node:assert/strict";
import { BentoCache, bentostore } from "bentocache";
import { memoryDriver } from "bentocache/drivers/memory";
import { redisBusDriver, redisDriver } from "bentocache/drivers/redis";
import { until } from "../until.mjs";

const { hostname, port, password } = new URL(process.env.REDIS_URL);
const connection = { host: hostname, port: Number(port), password };
const create = () =>
  new BentoCache({
    default: "tiered",
    prefix: "bento",
    stores: {
      tiered: bentostore()
        .useL1Layer(memoryDriver({}))
        .useL2Layer(redisDriver({ connection }))
        .useBus(redisBusDriver({ connection })),
    },
  });
const [a, b] = [create(), create()];
await a.set({ key: "k", value: "first" });
assert.equal(await b.get({ key: "k" }), "first");
// The bus is subscribed to in the background: write until it carries.
let n = 0;
await until(async () => {
  await a.set({ key: "k", value: `write ${++n}` });
  return (await b.get({ key: "k" })) === `write ${n}`;
});
await a.delete({ key: "k" });
await until(async () => (await b.get({ key: "k" })) === undefined);
let made = 0;
const wrap = (cache) => cache.getOrSet({ key: "made", factory: () => ++made, ttl: "10m" });
assert.equal(await wrap(a), 1);
assert.equal(await wrap(b), 1);
await a.set({ key: "tagged", value: 1, tags: ["t"] });
await a.deleteByTag({ tags: ["t"] });
await until(async () => (await b.get({ key: "tagged" })) === undefined);
await a.namespace("ns").set({ key: "x", value: 1 });
await a.namespace("ns").clear();
assert.equal(await a.namespace("ns").get({ key: "x" }), undefined);
await Promise.all([a.disconnectAll(), b.disconnectAll()]);
