// Elections on simulated time: candidates are stopped, killed, cut off and slow; never do two lead, and never for long none.

import { expect, test } from "bun:test";
import fc from "fast-check";
import { LEASE_HEARTBEATS } from "../../src/base/fleet-limits.ts";
import { Election } from "../../src/cluster/election.ts";
import { MemoryRegistry } from "./support/memory-registry.ts";

const HEARTBEAT_MS = 1_000;
const STEP_MS = 10;
const CANDIDATES = 4;

interface Candidate {
  readonly id: string;
  election: Election;
  /** Its clock runs at this rate. */
  readonly rate: number;
  isDead: boolean;
  /** Stopped, as by SIGSTOP, until then. */
  stoppedMs: number;
  /** Its way to the tier is cut until then. */
  cutMs: number;
  /** What was asked, to be answered at a time. */
  flight: { readonly sentMs: number; readonly arrivesMs: number; readonly answersMs: number } | undefined;
  reply: (() => void) | undefined;
}

interface Fault {
  readonly atMs: number;
  readonly who: number;
  readonly what: "stop" | "cut" | "kill";
  readonly forMs: number;
}

interface Term {
  readonly term: number;
  readonly id: string;
}

/** Runs the election; returns who led at each step, and every term with its holder. */
async function run(
  faults: readonly Fault[],
  delays: () => number,
  rates: readonly number[],
  durationMs: number,
) {
  let nowMs = 0;
  const registry = new MemoryRegistry(() => nowMs);
  const candidates = Array.from({ length: CANDIDATES }, (_, i): Candidate => {
    const fresh = { isDead: false, stoppedMs: 0, cutMs: 0, flight: undefined, reply: undefined };
    return { id: `c${i}`, election: new Election(HEARTBEAT_MS), rate: rates[i] ?? 1, ...fresh };
  });
  const leaders: string[][] = [];
  const terms: Term[] = [];
  for (; nowMs < durationMs; nowMs += STEP_MS) {
    for (const fault of faults) {
      if (fault.atMs < nowMs || fault.atMs >= nowMs + STEP_MS) continue;
      const candidate = candidates[fault.who % CANDIDATES]!;
      if (fault.what === "stop") candidate.stoppedMs = nowMs + fault.forMs;
      else if (fault.what === "cut") candidate.cutMs = nowMs + fault.forMs;
      else candidate.isDead = true;
    }
    for (const candidate of candidates) await step(candidate, registry, nowMs, delays);
    const leading = candidates.filter(({ election, rate, isDead }) => {
      return !isDead && election.termAt(nowMs * rate) !== undefined;
    });
    leaders.push(leading.map(({ id }) => id));
    for (const { id, election, rate } of leading) terms.push({ term: election.termAt(nowMs * rate)!, id });
  }
  return { leaders, terms };
}

async function step(one: Candidate, registry: MemoryRegistry, nowMs: number, delays: () => number) {
  const { flight } = one;
  // What was sent arrives and takes effect whatever has become of the sender.
  if (flight !== undefined && flight.arrivesMs <= nowMs && one.reply === undefined) {
    const lease = await registry.lease(one.id, one.election.askTerm, one.election.leaseMs);
    one.reply = () => one.election.answered(flight.sentMs * one.rate, nowMs * one.rate, lease);
  }
  if (one.isDead || one.stoppedMs > nowMs) return;
  if (flight !== undefined && flight.answersMs <= nowMs) {
    const { reply } = one;
    one.flight = undefined;
    one.reply = undefined;
    if (reply === undefined || one.cutMs > nowMs) one.election.failed(nowMs * one.rate);
    else {
      reply();
      return;
    }
  }
  if (one.flight === undefined && one.election.dueMs <= nowMs * one.rate) {
    const arrivesMs = one.cutMs > nowMs ? Number.POSITIVE_INFINITY : nowMs + delays();
    one.flight = { sentMs: nowMs, arrivesMs, answersMs: Math.min(arrivesMs, nowMs + 500) + delays() };
  }
}

const faults = fc.array(
  fc.record({
    atMs: fc.integer({ min: 0, max: 40_000 }),
    who: fc.nat(CANDIDATES - 1),
    what: fc.constantFrom("stop" as const, "cut" as const),
    forMs: fc.integer({ min: 10, max: 15_000 }),
  }),
  { maxLength: 12 },
);
const rates = fc.array(fc.double({ min: 0.98, max: 1.02, noNaN: true }), { minLength: 4, maxLength: 4 });

test("never do two lead at once, and no term has two holders, whatever stops, hangs or drifts", async () => {
  await fc.assert(
    fc.asyncProperty(
      faults,
      rates,
      fc.infiniteStream(fc.integer({ min: 0, max: 400 })),
      async (list, drift, delays) => {
        const delay = () => delays.next().value ?? 0;
        const { leaders, terms } = await run(list, delay, drift, 60_000);
        expect(leaders.every((leading) => leading.length <= 1)).toBe(true);
        const holders = new Map<number, string>();
        let last = 0;
        for (const { term, id } of terms) {
          expect(holders.get(term) ?? id).toBe(id);
          holders.set(term, id);
          expect(term).toBeGreaterThanOrEqual(last);
          last = term;
        }
        // The faults are over: somebody leads.
        expect(leaders.slice(-200).every((leading) => leading.length === 1)).toBe(true);
      },
    ),
    { numRuns: 100 },
  );
});

test("after a kill another leads within three heartbeats, wherever in its lease the leader was", async () => {
  for (let atMs = 5_000; atMs < 5_000 + LEASE_HEARTBEATS * HEARTBEAT_MS; atMs += 70) {
    const first = await run([], () => 5, [], atMs + STEP_MS);
    const leader = first.leaders.at(-1)![0]!;
    const kill: Fault = { atMs, who: Number(leader.slice(1)), what: "kill", forMs: 0 };
    const { leaders } = await run([kill], () => 5, [], atMs + 10 * HEARTBEAT_MS);
    const after = leaders.slice(atMs / STEP_MS + 1);
    const gapMs = after.findIndex((leading) => leading.length === 1 && leading[0] !== leader) * STEP_MS;
    expect(gapMs).toBeGreaterThan(0);
    expect(gapMs).toBeLessThanOrEqual(3 * HEARTBEAT_MS);
  }
});

test("a leader that was stopped for longer than its lease does not lead when it wakes", () => {
  const election = new Election(HEARTBEAT_MS);
  const lease = { holder: "a", term: 7, remainingMs: election.leaseMs, isGranted: true };
  election.answered(0, 10, lease);
  expect(election.termAt(10)).toBe(7);
  // It stops before the lease does: the tier's clock may be faster than its own.
  expect(election.termAt(0.96 * election.leaseMs)).toBeUndefined();
  // The answer to what it asked before it was stopped is too old to make it leader again.
  election.answered(500, 10_000, lease);
  expect(election.termAt(10_000)).toBeUndefined();
});
