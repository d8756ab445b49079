// An instance that says it is ready: what it did before, to answer at full speed, is seen nowhere.

import { afterEach, describe, expect, test } from "bun:test";
import { startServer, type RunningServer } from "../support/server.ts";
import { until } from "../support/until.ts";

let server: RunningServer | undefined;
afterEach(async () => void (await server?.stop()));

interface Stats {
  readonly l1: { readonly entries: number; readonly hits: number; readonly misses: number };
  readonly latency: Readonly<Record<"fast" | "cold", { readonly count: number }>>;
  readonly coherence: { readonly sent: number };
}

describe.each(["1", "2"])("with %s workers", (workers) => {
  test("a server that nobody has asked anything yet has no entries, figures or log lines of requests", async () => {
    server = await startServer({ CACHEE_WORKERS: workers, CACHEE_L1_BYTES_MAX: "64mb" });
    await until(() => server!.stderr().includes('"started"'));
    const headers = { "x-api-key": server.key };
    const stats = (await (await fetch(`${server.url}/stats`, { headers })).json()) as Stats;
    expect(stats.l1).toMatchObject({ entries: 0, hits: 0, misses: 0 });
    expect([stats.latency.fast.count, stats.latency.cold.count]).toEqual([0, 0]);
    expect(stats.coherence.sent).toBe(0);
    const metrics = await (await fetch(`${server.url}/metrics`, { headers })).text();
    expect(metrics.match(/^cachee_requests_total\{.*/gm)).toEqual([
      'cachee_requests_total{method="GET",status="200"} 1',
    ]);
    const events = server.stderr().trim().split("\n");
    // On a busy machine the loop may have been held meanwhile.
    const known = ["started", "coherence_proven", "event_loop_blocked"];
    for (const line of events) expect(known).toContain((JSON.parse(line) as { event: string }).event);
  });
});
