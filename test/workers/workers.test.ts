// Several worker processes on one port, with Redis and without.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { pinCpu } from "../../src/workers/pin-cpu.ts";
import { startCachee, type CacheeProcess } from "../support/cachee-process.ts";
import { until } from "../support/until.ts";
import { startRedis, type RedisServer } from "../support/redis.ts";

let redis: RedisServer;

beforeAll(async () => {
  redis = await startRedis();
});

afterAll(async () => redis?.stop());

/** A new connection each time: the kernel gives it to any of the workers. */
const apart = { connection: "close" };

async function pidsOf(server: CacheeProcess): Promise<number[]> {
  const text = await Bun.$`pgrep -P ${server.pid}`.nothrow().text();
  return text.trim().split("\n").filter(Boolean).map(Number);
}

interface Stats {
  instance: string;
  l1: { bytesMax: number };
  latency: Record<"fast" | "cold", { count: number }>;
  coherence: { sent: number };
}

for (const kind of ["alone", "with Redis"]) {
  describe(`three workers on one port, ${kind}`, () => {
    let server: CacheeProcess;

    beforeAll(async () => {
      const shared = kind === "alone" ? {} : { CACHEE_REDIS_URL: redis.url };
      server = await startCachee({ CACHEE_WORKERS: "3", CACHEE_LOG: "error", ...shared });
      await server.ready();
    });

    afterAll(async () => {
      await server?.kill();
    });

    test("once one worker says that it is ready, all are: each comes by its own way to Redis", async () => {
      const health = async () => (await server.fetch("/health/ready", { headers: apart })).status;
      const answers = await Promise.all(Array.from({ length: 24 }, health));
      expect(new Set(answers)).toEqual(new Set([200]));
    });

    test("a write that was acknowledged is seen by every later read, whichever worker serves it", async () => {
      // Every worker has the key in L1, so that each has something to drop.
      const everywhere = async () => {
        const texts = await Promise.all(
          Array.from({ length: 12 }, async () => (await server.get("ryw", apart)).text()),
        );
        return new Set(texts);
      };
      for (let i = 0; i < 100; i++) {
        await server.put("ryw", `v${i}`, apart);
        expect(await everywhere()).toEqual(new Set([`v${i}`]));
      }
      await server.fetch("/invalidate", {
        method: "POST",
        headers: apart,
        body: JSON.stringify({ prefix: "ry" }),
      });
      expect((await everywhere()).has("v99")).toBe(false);
    });

    test("what one was told, every one serves, and at once to whoever sends the version back", async () => {
      for (let i = 0; i < 40; i++) {
        const put = await server.put("k", `v${i}`, apart);
        expect(put.status).toBe(i === 0 ? 201 : 204);
        const min = { "x-min-version": put.headers.get("x-cache-version")!, ...apart };
        const texts = await Promise.all(
          Array.from({ length: 6 }, async () => (await server.get("k", min)).text()),
        );
        expect(new Set(texts)).toEqual(new Set([`v${i}`]));
      }
      const batch = { get: ["k", "none"], set: [{ key: "s", value: "1" }], delete: ["k"] };
      const reply = await server.fetch("/batch", { method: "POST", body: JSON.stringify(batch) });
      expect(await reply.json()).toMatchObject({
        get: { k: { value: "v39" }, none: null },
        set: 1,
        delete: 1,
      });
      await until(async () => {
        const answers = await Promise.all(Array.from({ length: 9 }, () => server.get("k", apart)));
        return answers.every(({ status }) => status === 404);
      });
      const target = { method: "POST", body: JSON.stringify({ prefix: "s" }) };
      expect(await (await server.fetch("/invalidate", target)).json()).toEqual({ invalidated: 1 });
    });

    test("whichever answers, /stats and /metrics tell of all", async () => {
      const stats = async () => (await (await server.fetch("/stats", { headers: apart })).json()) as Stats;
      const before = await stats();
      if (kind === "with Redis") expect(before.coherence.sent).toBeGreaterThanOrEqual(40);
      for (let i = 0; i < 30; i++) await (await server.get("counted", apart)).text();
      const after = await stats();
      const requests = (of: Stats) => of.latency.fast.count + of.latency.cold.count;
      expect(requests(after) - requests(before)).toBeGreaterThanOrEqual(30);
      expect(after.l1.bytesMax).toBeLessThanOrEqual(64 * 1024 * 1024);
      const metrics = await (await server.fetch("/metrics", { headers: apart })).text();
      const gets = Number(/cachee_requests_total\{method="GET",status="404"\} (\d+)/.exec(metrics)?.[1]);
      expect(gets).toBeGreaterThanOrEqual(30);
    });

    test("a crash takes one worker, which is replaced, and what was acknowledged is still there", async () => {
      await server.put("survives", "x", apart);
      const before = await pidsOf(server);
      expect(before).toHaveLength(3);
      process.kill(before[1]!, "SIGKILL");
      await until(async () => {
        const now = await pidsOf(server);
        return now.length === 3 && !now.includes(before[1]!);
      });
      await until(async () => {
        const texts = await Promise.all(
          Array.from({ length: 9 }, async () => (await server.get("survives", apart)).text().catch(() => "")),
        ).catch(() => []);
        return texts.length === 9 && texts.every((text) => text === "x");
      });
      expect(await pidsOf(server)).toContain(before[0]!);
    });

    test("told to stop, it drains and ends with 0, and so do all its workers", async () => {
      const pids = await pidsOf(server);
      expect(await server.stop()).toBe(0);
      for (const pid of pids) expect(() => process.kill(pid, 0)).toThrow();
    });
  });
}

test("a worker that is pinned runs on the one core", async () => {
  const script = `import { pinCpu } from ${JSON.stringify(require.resolve("../../src/workers/pin-cpu.ts"))};
    const cpu = pinCpu(1);
    const allowed = /Cpus_allowed_list:\\s*(\\S+)/.exec(require("node:fs").readFileSync("/proc/thread-self/status", "utf8"))[1];
    console.log(cpu === undefined || String(cpu) === allowed);`;
  const child = Bun.spawn([process.execPath, "-e", script], { stdout: "pipe" });
  expect((await new Response(child.stdout).text()).trim()).toBe("true");
  expect(typeof pinCpu).toBe("function");
});
