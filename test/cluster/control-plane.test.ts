// The leader's turns on simulated time: reaping, freezing, scaling, and doing nothing as soon as it no longer leads.

import { beforeEach, describe, expect, test } from "bun:test";
import { silentLog } from "../../src/base/log.ts";
import { FREEZE_HEARTBEATS_MAX } from "../../src/base/fleet-limits.ts";
import { ControlPlane } from "../../src/cluster/control-plane.ts";
import { Election } from "../../src/cluster/election.ts";
import { logScaler } from "../../src/cluster/scaling/log-scaler.ts";
import type { Scaler, ScalerAnswer, ScalerLook } from "../../src/cluster/scaling/scaler.ts";
import { MemoryRegistry } from "./support/memory-registry.ts";

const HEARTBEAT_MS = 1_000;
const TARGETS = { cpu: 0.6, rps: 10_000, min: 1, max: 10 };
const BUSY = JSON.stringify({ rps: 100, reads: 1, hitRate: 0.9, p99Us: 100, cpu: 0.95 });
const IDLE = JSON.stringify({ rps: 1, reads: 1, hitRate: 0.9, p99Us: 100, cpu: 0.01 });

let nowMs = 0;
let registry: MemoryRegistry;
let election: Election;
let asked: number[];
let look: ScalerLook;
let answer: ScalerAnswer;
/** Runs inside each call of the scaler. */
let during: () => void;

const clock = { nowNs: () => nowMs * 1e6, nowMs: () => nowMs, wallMs: () => nowMs };
const scaler: Scaler = {
  name: "ecs",
  lookMs: 0,
  look: () => {
    during();
    return Promise.resolve(look);
  },
  ask: (count) => {
    asked.push(count);
    return Promise.resolve(answer);
  },
};

const plane = (by: Scaler = scaler) =>
  new ControlPlane({
    id: "me",
    registry,
    election,
    scaler: by,
    targets: TARGETS,
    heartbeatMs: HEARTBEAT_MS,
    clock,
    log: silentLog,
  });

async function lead(): Promise<void> {
  const sentMs = nowMs;
  election.answered(sentMs, nowMs, await registry.lease("me", election.askTerm, election.leaseMs));
}

/** `heartbeats` turns with the lease renewed and `load` beaten by all of `ids` before each. */
async function turns(by: ControlPlane, heartbeats: number, ids: readonly string[], load: string) {
  for (let i = 0; i < heartbeats; i++) {
    nowMs += HEARTBEAT_MS;
    for (const id of ids) await registry.beat(id, "{}", load, 3 * HEARTBEAT_MS);
    await lead();
    await by.turn();
  }
}

const decisions = () => registry.decisions.map((text) => JSON.parse(text) as { from: number; to: number });
const control = async () => JSON.parse((await registry.view()).control!) as Record<string, unknown>;

beforeEach(() => {
  nowMs = 1_000;
  registry = new MemoryRegistry(() => nowMs);
  election = new Election(HEARTBEAT_MS);
  asked = [];
  look = { kind: "ready", desired: 3, busy: undefined };
  answer = { kind: "accepted" };
  during = () => {};
});

describe("scaling", () => {
  test("a loaded fleet is asked to grow, once, with an absolute count and a reason", async () => {
    await turns(plane(), 30, ["me", "a", "b"], BUSY);
    expect(asked).toEqual([5]);
    const [first] = registry.decisions.map((text) => JSON.parse(text) as Record<string, unknown>);
    expect(first).toMatchObject({ from: 3, to: 5, reason: expect.stringContaining("CPU at 95 %") });
    expect(await control()).toMatchObject({ leader: "me", state: "watching", scaler: { name: "ecs" } });
  });

  test("one that does not lead does nothing", async () => {
    const by = plane();
    for (let i = 0; i < 30; i++) {
      nowMs += HEARTBEAT_MS;
      await registry.beat("me", "{}", BUSY, 3 * HEARTBEAT_MS);
      await by.turn();
    }
    expect([asked, registry.decisions]).toEqual([[], []]);
  });

  test("a leader that is stopped within a turn, past its lease, does nothing when it wakes", async () => {
    const by = plane();
    await registry.beat("dead", "{}", BUSY, HEARTBEAT_MS);
    await turns(by, 14, ["me", "a", "b"], BUSY);
    let stops = 0;
    during = () => {
      stops++;
      nowMs += 10 * HEARTBEAT_MS;
    };
    for (let i = 0; i < 20; i++) {
      await turns(by, 1, ["me", "a", "b"], BUSY);
      const next = await registry.lease("other", undefined, HEARTBEAT_MS);
      nowMs += 2 * HEARTBEAT_MS;
      expect(next.isGranted).toBe(true);
    }
    expect(stops).toBe(20);
    expect([asked, registry.decisions]).toEqual([[], []]);
  });

  test("a leader that is stopped after it wrote its decision down does not act on it when it wakes", async () => {
    const decide = registry.decide.bind(registry);
    registry.decide = async (id, term, decision) => {
      const isDone = await decide(id, term, decision);
      nowMs += 3 * HEARTBEAT_MS;
      return isDone;
    };
    await turns(plane(), 30, ["me", "a", "b"], BUSY);
    expect(registry.decisions).toHaveLength(1);
    expect(asked).toEqual([]);
  });

  test("a scaler's failure is told, and it is left alone for a while", async () => {
    const by = plane();
    let looks = 0;
    during = () => looks++;
    look = { kind: "failed", reason: "AccessDeniedException: no", retryMs: 10 * HEARTBEAT_MS };
    await turns(by, 25, ["me", "a", "b"], BUSY);
    expect(looks).toBe(3);
    expect(await control()).toMatchObject({
      scaler: { state: "failed", reason: "AccessDeniedException: no" },
    });
    look = { kind: "ready", desired: 3, busy: undefined };
    answer = { kind: "failed", reason: "ThrottlingException: slow down", retryMs: 5 * HEARTBEAT_MS };
    await turns(by, 22, ["me", "a", "b"], BUSY);
    expect(asked).toEqual([5]);
    expect(await control()).toMatchObject({
      scaler: { state: "failed", reason: "ThrottlingException: slow down" },
    });
  });

  test("while a deployment runs it may grow, but not shrink, and says so", async () => {
    look = { kind: "ready", desired: 3, busy: "a deployment is in progress" };
    const by = plane();
    await turns(by, 1_000, ["me", "a", "b"], IDLE);
    expect(asked).toEqual([]);
    expect(await control()).toMatchObject({
      scaler: { state: "busy", reason: "a deployment is in progress" },
    });
    look = { kind: "ready", desired: 3, busy: undefined };
    await turns(by, 2, ["me", "a", "b"], IDLE);
    expect(asked).toEqual([2]);
  });

  test("the scaler that nobody obeys says a thing once", async () => {
    await turns(plane(logScaler), 500, ["me", "a", "b"], BUSY);
    expect(decisions()).toMatchObject([{ from: 3, to: 5 }]);
  });
});

describe("the dead", () => {
  test("are taken out of the registry, one by one", async () => {
    const by = plane();
    await turns(by, 1, ["me", "a", "b", "c"], IDLE);
    await turns(by, 2, ["me", "a", "b"], IDLE);
    expect([...registry.records.keys()]).toContain("c");
    await turns(by, 1, ["me", "a", "b"], IDLE);
    expect([...registry.records.keys()]).toEqual(["me", "a", "b"]);
  });

  test("of two instances one may die", async () => {
    const by = plane();
    await turns(by, 1, ["me", "a"], IDLE);
    await turns(by, 4, ["me"], IDLE);
    expect([...registry.records.keys()]).toEqual(["me"]);
  });

  test("when most are silent at once it freezes, and thaws when they are back", async () => {
    const by = plane();
    const all = ["me", "a", "b", "c", "d"];
    await turns(by, 10, all, BUSY);
    await turns(by, 10, ["me", "a"], BUSY);
    expect([...registry.records.keys()]).toEqual(all);
    expect(asked).toEqual([]);
    expect(await control()).toMatchObject({
      state: "frozen",
      reason: "3 of 5 instances are silent at once",
    });
    await turns(by, 1, all, IDLE);
    expect(await control()).toMatchObject({ state: "watching" });
  });

  test("though their heartbeats end one after the other", async () => {
    const by = plane();
    const all = ["me", "a", "b", "c"];
    await turns(by, 2, all, IDLE);
    for (const id of ["a", "b", "c"]) {
      await registry.beat(id, "{}", IDLE, 3 * HEARTBEAT_MS);
      nowMs += 0.3 * HEARTBEAT_MS;
    }
    for (let i = 0; i < 16; i++) {
      nowMs += 0.25 * HEARTBEAT_MS;
      await registry.beat("me", "{}", IDLE, 3 * HEARTBEAT_MS);
      await lead();
      await by.turn();
    }
    expect([...registry.records.keys()]).toEqual(all);
    expect(await control()).toMatchObject({ state: "frozen" });
  });

  test("when they stay silent for long, they are dead indeed", async () => {
    const by = plane();
    await turns(by, 1, ["me", "a", "b"], IDLE);
    await turns(by, FREEZE_HEARTBEATS_MAX + 5, ["me"], IDLE);
    expect([...registry.records.keys()]).toEqual(["me"]);
  });
});
