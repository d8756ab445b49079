// A fleet of real processes on a real Redis: they come, lead, die, stop, drain, and warm one another.

import { afterEach, expect, test } from "bun:test";
import { createClient } from "redis";
import { IS_EMULATED } from "../support/bun-command.ts";
import { until } from "../support/until.ts";
import { RealFleet } from "./support/real-fleet.ts";

const HEARTBEAT_MS = IS_EMULATED ? 1_000 : 150;
const fleets: RealFleet[] = [];

afterEach(async () => {
  await Promise.all(fleets.splice(0).map((fleet) => fleet.stop()));
});

async function startFleet(count: number, env: Readonly<Record<string, string>> = {}): Promise<RealFleet> {
  const fleet = await RealFleet.start(count, HEARTBEAT_MS, env);
  fleets.push(fleet);
  return fleet;
}

async function registered(fleet: RealFleet): Promise<readonly string[]> {
  const client = createClient({ url: fleet.redis.url });
  await client.connect();
  const ids = await client.hKeys("cachee:instances");
  client.destroy();
  return ids.toSorted();
}

/** What was done as a leader, by term: each by one member, all told. */
function actorsByTerm(fleet: RealFleet): Map<number, Set<string>> {
  const actors = new Map<number, Set<string>>();
  for (const { id, event, term } of fleet.events()) {
    if (event !== "reaped" && event !== "scaling" && event !== "leading") continue;
    actors.set(term!, (actors.get(term!) ?? new Set()).add(id));
  }
  return actors;
}

test("members announce themselves; killed, stopped and woken leaders never act in one term with another", async () => {
  const fleet = await startFleet(3, { CACHEE_SCALE_MIN: "5" });
  const first = await fleet.settled(["m0", "m1", "m2"]);
  for (const server of fleet.members.values()) {
    const { instances } = await fleet.see(server);
    for (const { id, port } of instances) expect(port).toBe(fleet.members.get(id)!.port);
    expect(Object.keys(instances[0]!.load)).toEqual(
      expect.arrayContaining(["rps", "hitRate", "p99Us", "l1Bytes", "cpu"]),
    );
  }
  await until(async () => (await fleet.see()).decisions.length > 0);
  const [decision] = (await fleet.see()).decisions;
  expect(decision).toMatchObject({ to: 5, reason: expect.stringContaining("below the least number") });

  await fleet.end(first, "SIGKILL");
  const rest = ["m0", "m1", "m2"].filter((id) => id !== first);
  const second = await fleet.settled(rest);
  await until(async () => (await registered(fleet)).join() === rest.join());

  fleet.signal(second, "SIGSTOP");
  const third = rest.find((id) => id !== second)!;
  await fleet.settled([third], fleet.members.get(third)!);
  fleet.signal(second, "SIGCONT");
  expect(await fleet.settled(rest, fleet.members.get(third)!)).toBe(third);
  expect(await fleet.leader(fleet.members.get(second)!)).toBe(third);

  expect(await fleet.end(third, "SIGTERM")).toBe(0);
  expect(await registered(fleet)).toEqual([second]);
  expect(await fleet.settled([second], fleet.members.get(second)!)).toBe(second);
  const actors = actorsByTerm(fleet);
  expect(actors.size).toBe(4);
  for (const who of actors.values()) expect(who.size).toBe(1);
  const { decisions } = await fleet.see(fleet.members.get(second)!);
  for (const { term } of decisions) expect(actors.has(term)).toBe(true);
});

test("when most fall silent at once the leader freezes: nobody is taken out, and all are there again", async () => {
  const fleet = await startFleet(4);
  const all = ["m0", "m1", "m2", "m3"];
  const leader = await fleet.settled(all);
  const others = all.filter((id) => id !== leader);
  for (const id of others) fleet.signal(id, "SIGSTOP");
  const server = fleet.members.get(leader)!;
  await until(async () => (await fleet.see(server)).control?.state === "frozen");
  expect(await registered(fleet)).toEqual(all);
  for (const id of others) fleet.signal(id, "SIGCONT");
  await fleet.settled(all, server);
  await until(async () => (await fleet.see(server)).control?.state === "watching");
  expect(fleet.events().filter(({ event }) => event === "reaped")).toEqual([]);
});

test("members drain under load, the leader among them, and no request fails", async () => {
  const fleet = await startFleet(3);
  const leader = await fleet.settled(["m0", "m1", "m2"]);
  const ready = new Set(fleet.members.values());
  const over = new AbortController();
  /** A load balancer's health checks: an instance that is not ready is sent nothing more. */
  const watch = async () => {
    await until(async () => {
      for (const server of ready) {
        if (!(await fleet.isReady(server).catch(() => false))) ready.delete(server);
      }
      return over.signal.aborted;
    });
  };
  const failures: string[] = [];
  let answered = 0;
  const client = async (number: number) => {
    for (let i = 0; !over.signal.aborted; i++) {
      const servers = [...ready];
      const server = servers[(i + number) % servers.length]!;
      const path = `/cache/k${i % 50}`;
      const init = i % 5 === 0 ? { method: "PUT", body: "v".repeat(2_000) } : {};
      try {
        const response = await fleet.request(server, path, init);
        await response.arrayBuffer();
        if (response.status >= 500) failures.push(`${response.status} of ${path}`);
        answered++;
      } catch (thrown) {
        failures.push(String(thrown));
      }
    }
  };
  const work = [watch(), ...Array.from({ length: 6 }, (_, i) => client(i))];
  try {
    await until(() => answered > 100);
    expect(await fleet.end(leader, "SIGTERM")).toBe(0);
    const next = await fleet.settled([...fleet.members.keys()]);
    expect(await fleet.end(next, "SIGTERM")).toBe(0);
    const before = answered;
    await until(() => answered > before + 100);
  } finally {
    over.abort();
    await Promise.all(work);
  }
  expect(failures).toEqual([]);
  expect(await registered(fleet)).toEqual([...fleet.members.keys()]);
});

test("a Redis that comes back empty is filled again: all are there, and one leads", async () => {
  const fleet = await startFleet(2, IS_EMULATED ? {} : { CACHEE_WORKERS: "2" });
  const ids = ["m0", "m1"];
  await fleet.settled(ids);
  await fleet.redis.kill();
  await fleet.redis.restart();
  for (const server of fleet.members.values()) await fleet.settled(ids, server);
  const terms = fleet.events().filter(({ event }) => event === "leading");
  expect(new Set(terms.map(({ term }) => term)).size).toBe(terms.length);
  for (const id of ids) expect(await fleet.end(id, "SIGTERM")).toBe(0);
  expect(await registered(fleet)).toEqual([]);
});

test("a new member has the fleet's hottest entries in L1 by the time it is ready", async () => {
  const fleet = await startFleet(1);
  const [old] = [...fleet.members.values()];
  for (let i = 0; i < 20; i++)
    await fleet.request(old!, `/cache/hot${i}`, { method: "PUT", body: `value ${i}` });
  for (let i = 0; i < 60; i++) await (await fleet.request(old!, `/cache/hot${i % 20}`)).text();
  const client = createClient({ url: fleet.redis.url });
  await client.connect();
  await until(async () => (await client.get("cachee:heartbeat:m0"))?.includes('"hot19"') === true);
  client.destroy();
  const fresh = await fleet.add("m1");
  const stats = (await (await fleet.request(fresh, "/stats")).json()) as {
    readonly l1: { readonly entries: number };
  };
  expect(stats.l1.entries).toBe(20);
  const reply = await fleet.request(fresh, "/cache/hot7");
  expect(await reply.text()).toBe("value 7");
  expect(reply.headers.get("cache-status")).toContain("detail=l1");
});
