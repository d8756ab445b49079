// Loads many entries with POST /batch, a thousand in each request, and reads some of them back.

import { ask } from "./address.ts";

const COUNT = 2_500;
/** The most that one batch may hold. */
const ITEMS_MAX = 1_000;

interface BatchAnswer {
  readonly get: Readonly<Record<string, { value: string; ttl: number | null } | null>>;
  readonly set: number;
}

async function batch(body: object): Promise<BatchAnswer> {
  const answer = await ask("/batch", { method: "POST", body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(await answer.text());
  return (await answer.json()) as BatchAnswer;
}

let stored = 0;
for (let from = 0; from < COUNT; from += ITEMS_MAX) {
  const set = Array.from({ length: Math.min(ITEMS_MAX, COUNT - from) }, (_, i) => ({
    key: `user/${from + i}`,
    value: JSON.stringify({ id: from + i }),
    contentType: "application/json",
    ttl: 3600,
  }));
  stored += (await batch({ set })).set;
}
console.log(`stored ${stored}`);

const { get } = await batch({ get: ["user/0", "user/2499", "user/2500"] });
for (const [name, entry] of Object.entries(get)) console.log(`${name}: ${entry?.value ?? "not there"}`);
