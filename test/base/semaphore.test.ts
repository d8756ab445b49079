// The gate: no more jobs at once than it lets in, in order, whatever becomes of them.

import { expect, test } from "bun:test";
import { Semaphore } from "../../src/base/semaphore.ts";
import { nextTurn } from "../support/until.ts";

test("at most so many jobs run, in order, and those that fail make way too", async () => {
  const gate = new Semaphore(2);
  const events: string[] = [];
  const ends = Array.from({ length: 5 }, () => Promise.withResolvers<void>());
  const done = ends.map((end, i) =>
    gate
      .run(async () => {
        events.push(`begin ${i}`);
        await end.promise;
        return i;
      })
      .catch(() => "failed"),
  );
  await nextTurn();
  expect(events).toEqual(["begin 0", "begin 1"]);
  ends[1]!.reject(new Error("one fails"));
  expect(await done[1]).toBe("failed");
  expect(events).toEqual(["begin 0", "begin 1", "begin 2"]);
  for (const end of ends) end.resolve();
  expect(await Promise.all(done)).toEqual([0, "failed", 2, 3, 4]);
  expect(events).toEqual([0, 1, 2, 3, 4].map((i) => `begin ${i}`));
  expect(await gate.run(() => Promise.resolve("free again"))).toBe("free again");
});
