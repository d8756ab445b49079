// A primary that was a replica for a moment, and has lost its last change by that, without any connection's noticing.

import { afterEach, expect, test } from "bun:test";
import type { RedisServer } from "../support/redis.ts";
import { cli, heard, set, started, stopLeftovers, tierOn } from "../support/redis-tier.ts";
import { until } from "../support/until.ts";

afterEach(stopLeftovers);

/** A tier on a primary that has just been a replica, and has lost its last change by that: which had number `n`. */
async function lostChange() {
  const atOnce = ["--repl-diskless-sync-delay", "0"];
  const [first, next] = [await started(atOnce), await started(atOnce)];
  const copy = async (from: RedisServer, to: RedisServer) => {
    await cli(to, "replicaof", "127.0.0.1", String(from.port));
    await until(async () => (await cli(to, "info", "replication")).includes("master_link_status:up"));
    await cli(to, "replicaof", "no", "one");
  };
  // With its first replica a server's data get another name.
  await copy(first, next);
  const tier = await tierOn(first.url);
  const { state, connection } = await heard(tier);
  await copy(first, next);
  const before = await connection.tick();
  await tier.links[0]!.l2.call("set", set("lost"));
  const { epoch, n } = await connection.tick();
  expect(n).toBe(before.n + 1);
  await copy(next, first);
  expect(state.doubts).toEqual([]);
  return { tier, state, connection, version: { epoch, n } };
}

test("it is not followed any more", async () => {
  const { tier, state, connection, version } = await lostChange();
  expect(connection.tick()).rejects.toThrow("another run of Redis");
  await until(() => state.doubts.length > 0 && tier.isUp);
  expect((await (await heard(tier)).connection.tick()).n).toBeGreaterThan(version.n + 2 ** 31 - 1);
}, 30_000);

for (const operation of ["set", "step"] as const) {
  test(`a ${operation} compares no version on it: its number may be another change's`, async () => {
    const { tier, state, version } = await lostChange();
    const { l2 } = tier.links[0]!;
    expect(await l2.call("set", set("lost"))).toMatchObject({ kind: "done", ...version });
    const { origin, notAfterMs } = set("lost");
    const parts = [{ key: "lost", check: version, put: "nothing" as const }];
    const changing =
      operation === "set"
        ? l2.call("set", { ...set("lost"), condition: { kind: "version", version } })
        : l2.call("step", { parts, origin, notAfterMs });
    expect(changing).rejects.toThrow("another run of Redis");
    await until(() => state.doubts.length > 0);
  }, 30_000);
}
