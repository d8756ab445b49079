// Caches what a slow function gives; a lease makes one of many concurrent readers compute it, the others wait for it.

import { ask } from "./address.ts";

let computed = 0;

/** Stands for a query that is slow and dear. */
async function priceOf(article: string): Promise<string> {
  computed += 1;
  await Bun.sleep(100);
  return `${article} costs ${article.length} euros`;
}

async function cachedPriceOf(article: string): Promise<string> {
  const path = `/cache/price/${encodeURIComponent(article)}`;
  for (;;) {
    // With x-lease-wait a miss is either given the right to fill, or waits up to so many ms for who has it.
    const found = await ask(path, { headers: { "x-lease-wait": "2000" } });
    if (found.status === 200) return found.text();
    const lease = found.headers.get("x-cache-lease");
    // Neither a value nor a lease: the cache cannot say now, or nobody has filled it in time. Do without it.
    if (lease === null) return priceOf(article);
    const price = await priceOf(article);
    const stored = await ask(path, {
      method: "PUT",
      body: price,
      headers: { "content-type": "text/plain", "x-ttl": "60", "x-cache-lease": lease },
    });
    // 412: the key was written or invalidated while we computed, so what we have may be old. Look again.
    if (stored.status !== 412) return price;
  }
}

const prices = await Promise.all(Array.from({ length: 20 }, () => cachedPriceOf("lamp")));
console.log(`20 readers: ${new Set(prices).size} answer, computed ${computed} times`);
console.log(await cachedPriceOf("lamp"));
