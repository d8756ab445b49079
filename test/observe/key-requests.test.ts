// Requests by API key: every lane's, in a bounded number of names.

import { expect, test } from "bun:test";
import { REFUSAL_KEYS_MAX } from "../../src/base/limits.ts";
import { KeyRequests } from "../../src/observe/requests/key-requests.ts";

test("names that come in turns are counted apart, those beyond the bound together", () => {
  const counted = new KeyRequests();
  for (let round = 0; round < 3; round++) {
    for (let i = 0; i < REFUSAL_KEYS_MAX + 10; i++) counted.count(`key${i}`, 2);
  }
  const counts = new Map(counted.counts());
  expect(counts.size).toBe(REFUSAL_KEYS_MAX + 1);
  expect([counts.get("key0"), counts.get(`key${REFUSAL_KEYS_MAX - 1}`), counts.get("other")]).toEqual([
    6, 6, 60,
  ]);
});
