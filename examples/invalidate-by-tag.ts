// Tags entries that come of one thing, and removes them together when it changes.

import { ask } from "./address.ts";

const pages = { "shop/lamp": "product-7", "shop/lamps": "product-7, product-8", "shop/desk": "product-9" };

for (const [path, tags] of Object.entries(pages)) {
  await ask(`/cache/${path}`, {
    method: "PUT",
    body: `<h1>${path}</h1>`,
    headers: { "content-type": "text/html", "cache-tag": tags },
  });
}

// Product 7 changes: every page that shows it goes.
const answer = await ask("/invalidate", { method: "POST", body: JSON.stringify({ tags: ["product-7"] }) });
const { invalidated } = (await answer.json()) as { invalidated: number };
console.log(`invalidated ${invalidated}`);

for (const path of Object.keys(pages)) {
  const { status } = await ask(`/cache/${path}`);
  console.log(`${path} ${status === 200 ? "is there" : "is gone"}`);
}
