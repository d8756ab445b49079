// What the log says of a Redis that is away: that it went, and that it is back; not each attempt in between.

import { afterAll, expect, test } from "bun:test";
import { startCachee, type CacheeProcess } from "../support/cachee-process.ts";
import { startRedis } from "../support/redis.ts";
import { until } from "../support/until.ts";

let server: CacheeProcess | undefined;
const redis = await startRedis();

afterAll(async () => {
  await server?.kill();
  await redis.stop();
});

test("one line when it goes, one when it is back, for each of the two connections", async () => {
  server = await startCachee({ CACHEE_REDIS_URL: redis.url });
  await server.ready();
  const count = (event: string) => server!.log().split(`"${event}"`).length - 1;
  const lines = () => [
    count("redis_up"),
    count("redis_down"),
    count("coherence_proven"),
    count("coherence_down"),
  ];
  await until(() => count("redis_up") >= 1 && count("coherence_proven") >= 1);

  await redis.kill();
  // What comes in its place closes every connection, and counts them.
  let attempts = 0;
  const deaf = Bun.listen({
    hostname: "127.0.0.1",
    port: Number(new URL(redis.url).port),
    socket: {
      open(socket) {
        attempts += 1;
        socket.end();
      },
      data() {},
    },
  });
  await until(() => attempts >= 10);
  deaf.stop(true);
  // On a busy machine it may have been lost before: each time it was found again is followed by one line that it went.
  const [up, down, proven, unproven] = lines();
  expect([down, unproven]).toEqual([up, proven]);
  expect(down).toBeLessThan(5);

  await redis.restart();
  await until(() => count("redis_up") > up! && count("coherence_proven") > proven!);
  expect(count("redis_up") - count("redis_down")).toBe(1);
  expect(count("coherence_proven") - count("coherence_down")).toBe(1);
});
