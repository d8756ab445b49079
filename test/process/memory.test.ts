// The byte budget is true: resident memory stays under it plus a stated fixed part while ten times as much is written.

import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { startServer } from "../support/server.ts";

const MIB = 1024 * 1024;
const BUDGET_BYTES = 32 * MIB;
/** What docs/operations.md states for the process itself and its collector's leeway. */
const FIXED_BYTES = 192 * MIB;
/** Of the 128 MiB stated for what is in flight: values that wait for the compressor where others have its core. */
const IN_FLIGHT_BYTES = 32 * MIB;
const WRITERS = 8;
const SIZES = [100, 1_000, 5_000, 30_000, 200_000];

function peakBytes(pid: number): number {
  return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))![1]) * 1024;
}

test("writes of ten times the budget, and reads of what they wrote", async () => {
  const server = await startServer({ CACHEE_L1_BYTES_MAX: String(BUDGET_BYTES) });
  try {
    const source = crypto.getRandomValues(new Uint8Array(65_536));
    const text = Buffer.from(Array.from({ length: 8 }, () => source.toBase64()).join(""));
    const headers = { "x-api-key": server.key, "content-type": "text/plain" };
    let written = 0;
    let next = 0;
    const write = async () => {
      while (written < 10 * BUDGET_BYTES) {
        const i = next++;
        const body = text.subarray(i % 1_000, (i % 1_000) + SIZES[i % SIZES.length]!);
        written += body.length;
        const put = await fetch(`${server.url}/cache/k${i}`, { method: "PUT", body, headers });
        expect(put.status).toBe(201);
        for (let read = 0; read < 2; read++)
          await (await fetch(`${server.url}/cache/k${i}`, { headers })).bytes();
      }
    };
    await Promise.all(Array.from({ length: WRITERS }, write));
    expect(peakBytes(server.pid)).toBeLessThan(BUDGET_BYTES + FIXED_BYTES + IN_FLIGHT_BYTES);
  } finally {
    expect(await server.stop()).toBe(0);
  }
}, 120_000);
