// Long work of one API key's many requests goes on in turns with another's: key by key, not request by request.

import { expect, test } from "bun:test";
import { bareKey } from "../../src/auth/api-key.ts";
import { Turns } from "../../src/gate/turns.ts";
import { Turn } from "../../src/http/turn.ts";

const AT_ONCE = 20;
const PARTS = 6;

test("one long request of a key has as many parts done as another key's twenty together", async () => {
  const turns = new Turns();
  const parts = new Map<string, number>();
  const work = async (name: string, count: number) => {
    const turn = new Turn({ turns, work: 0, apiKey: { ...bareKey("0123456789abcdef").key, name } });
    for (let i = 0; i < count; i++) {
      await turn.rest();
      parts.set(name, (parts.get(name) ?? 0) + 1);
    }
  };
  const busy = Array.from({ length: AT_ONCE }, () => work("busy", PARTS));
  await work("quiet", PARTS);
  expect(parts.get("busy")).toBeLessThanOrEqual(PARTS + 1);
  await Promise.all(busy);
  expect(parts.get("busy")).toBe(AT_ONCE * PARTS);
});
