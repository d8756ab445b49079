// Deadlines and the breaker around L2, on simulated time; and the envelope that entries are stored in.

import { expect, test } from "bun:test";
import fc from "fast-check";
import { BREAKER_FAILURES, BREAKER_TRIAL_MS } from "../../src/base/limits.ts";
import { decodeEnvelope } from "../../src/record/envelope.ts";
import { encodeEnvelope } from "../support/memory-l2/encode-envelope.ts";
import { L2Error } from "../../src/store/l2-error.ts";
import { L2Guard } from "../../src/store/shared/l2-guard.ts";
import type { L2 } from "../../src/store/l2.ts";
import { Schedule } from "../simulation/schedule.ts";

const READ = { keys: ["k"], lease: undefined };
const ANSWER = { epoch: "e", n: 1, timeMs: 0, values: [undefined], leased: undefined };

function guarded(answer: () => Promise<unknown>) {
  const schedule = new Schedule();
  const asked = { count: 0 };
  const inner = {
    call: () => {
      asked.count += 1;
      return answer();
    },
  } as unknown as L2;
  const nowMs = () => schedule.nowMs;
  const timers = {
    after(ms: number, task: () => void) {
      let isOff = false;
      schedule.after(ms, () => (isOff ? undefined : task()));
      return () => (isOff = true);
    },
  };
  const history = { proven: { epoch: "e", n: 0 }, follows: ({ n }: { n: number }) => n >= 0 };
  const clock = { nowMs, wallMs: nowMs, nowNs: () => schedule.nowMs * 1e6 };
  const counts = { l2Errors: 0 };
  const guard = new L2Guard({ inner, clock, timers, timeoutMs: 100, counts, history });
  const outcome = async () => {
    try {
      await guard.call("read", READ);
      return "answered";
    } catch (thrown) {
      return thrown instanceof L2Error ? thrown.reason : "another error";
    }
  };
  return { schedule, guard, counts, asked, outcome };
}

test("a call without an answer ends at its bound, and an answer after that changes nothing", async () => {
  const late = Promise.withResolvers<unknown>();
  const { schedule, guard, counts, outcome } = guarded(() => late.promise);
  const result = outcome();
  schedule.run(99);
  expect(counts.l2Errors).toBe(0);
  schedule.run(100);
  expect(await result).toBe("timeout");
  late.resolve(ANSWER);
  await late.promise;
  expect([counts.l2Errors, guard.durations.get("read")?.count]).toEqual([1, 1]);
});

test("after failures in a row only a trial now and then gets through, until one succeeds", async () => {
  const state = { isDown: true };
  const { schedule, guard, asked, outcome } = guarded(() =>
    state.isDown ? Promise.reject(new L2Error("closed", "down")) : Promise.resolve(ANSWER),
  );
  for (let i = 0; i < BREAKER_FAILURES; i++) expect(await outcome()).toBe("closed");
  expect(guard.isOpen).toBe(true);
  const before = asked.count;
  for (let i = 0; i < 10; i++) await outcome();
  expect(asked.count).toBe(before + 1);
  state.isDown = false;
  expect(await outcome()).toBe("closed");
  schedule.run(schedule.nowMs + BREAKER_TRIAL_MS);
  expect([await outcome(), guard.isOpen, await outcome()]).toEqual(["answered", false, "answered"]);
});

test("a refusal is an answer: it does not open the breaker", async () => {
  const { guard, outcome } = guarded(() => Promise.reject(new L2Error("refused", "OOM")));
  for (let i = 0; i < 3 * BREAKER_FAILURES; i++) expect(await outcome()).toBe("refused");
  expect(guard.isOpen).toBe(false);
});

test("an envelope is read back as it was made; other bytes are none, and never throw", () => {
  const epoch = fc.uuid();
  const bytes = fc.uint8Array({ maxLength: 200 });
  fc.assert(
    fc.property(epoch, fc.maxSafeNat(), fc.double({ noNaN: true }), bytes, (e, n, expiresAtMs, record) => {
      const made = encodeEnvelope({ epoch: e, n, expiresAtMs, record });
      expect(decodeEnvelope(made)).toEqual({ epoch: e, n, expiresAtMs, record });
      expect(decodeEnvelope(made.subarray(0, 52))).toBeUndefined();
    }),
  );
  fc.assert(fc.property(bytes, (other) => void decodeEnvelope(other)));
});

test("an answer that lies before what was proven when it was asked for is none", async () => {
  const { outcome } = guarded(() => Promise.resolve({ epoch: "e", n: -1, timeMs: 0, values: [] }));
  expect(await outcome()).toBe("closed");
  const { outcome: present } = guarded(() => Promise.resolve({ epoch: "e", n: 1, timeMs: 0, values: [] }));
  expect(await present()).toBe("answered");
});
