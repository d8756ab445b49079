// What holds of an instance however it keeps its entries: alone or as several workers, with a Redis or without.

import { afterAll, beforeAll, describe } from "bun:test";
import { startRedis, type RedisServer } from "./redis.ts";

/** Describes `tests` of each kind; `env` has the settings of one, once the tests run. */
export function describeKinds(tests: (kind: string, env: () => Record<string, string>) => void): void {
  let redis: RedisServer;
  beforeAll(async () => void (redis = await startRedis()));
  afterAll(() => redis.stop());
  describe("embedded", () => tests("embedded", () => ({})));
  describe("over Redis", () => tests("over Redis", () => ({ CACHEE_REDIS_URL: redis.url })));
  describe("with two workers", () => tests("with two workers", () => ({ CACHEE_WORKERS: "2" })));
  describe("with two workers over Redis", () =>
    tests("with two workers over Redis", () => ({
      // Apart from what the other kind has left.
      CACHEE_REDIS_URL: `${redis.url}/1`,
      CACHEE_WORKERS: "2",
    })));
}
