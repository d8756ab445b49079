// One rate for all workers of an instance: clients on several connections have no more of it than on one.

import { expect, test } from "bun:test";
import { startCachee } from "../support/cachee-process.ts";

const PER_SECOND = 20;
/** Over some seconds, so that what is given back each second counts. */
const DRIVEN_MS = 2_000;

test("misses on fresh connections, spread over the workers, keep to one rate", async () => {
  const server = await startCachee({ CACHEE_WORKERS: "2", CACHEE_RATE_LIMIT: String(PER_SECOND) });
  try {
    await server.ready();
    const beganMs = performance.now();
    let taken = 0;
    for (let round = 0; performance.now() - beganMs < DRIVEN_MS; round++) {
      const misses = await Promise.all(
        Array.from({ length: 8 }, async (_, i) => {
          const answer = await server.fetch(`/cache/none-${round}-${i}`, { keepalive: false });
          await answer.text();
          return answer.status;
        }),
      );
      taken += misses.filter((status) => status === 404).length;
    }
    const seconds = (performance.now() - beganMs) / 1_000;
    expect(taken).toBeGreaterThan(PER_SECOND / 2);
    // A second's worth is there at first, and each worker may give its share once more before it is told.
    expect(taken).toBeLessThanOrEqual(PER_SECOND * (seconds + 2));
  } finally {
    await server.stop();
  }
});
