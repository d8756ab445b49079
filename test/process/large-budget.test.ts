// A budget beyond what one process, or the memory that workers have in common, can use: it starts, and says what it uses.

import { expect, test } from "bun:test";
import { BUN_COMMAND } from "../support/bun-command.ts";
import { startServer } from "../support/server.ts";

const BUDGET = { CACHEE_L1_BYTES_MAX: "100tb", CACHEE_API_KEYS: "a-key-of-16-or-more" };
const MAIN = new URL("../../src/main.ts", import.meta.url).pathname;

test.each(["1", "2"])(
  "with %s worker(s) it is cut, and that is said",
  async (workers) => {
    const server = await startServer({ ...BUDGET, CACHEE_WORKERS: workers });
    try {
      const headers = { "x-api-key": BUDGET.CACHEE_API_KEYS };
      const said = /"event":"l1_budget_above_bound".*"used":(\d+)/.exec(server.stderr());
      const metrics = await (await fetch(`${server.url}/metrics`, { headers })).text();
      const bytesMax = /^cachee_l1_bytes_max (\S+)$/m.exec(metrics)![1];
      expect(bytesMax).toBe(said![1]!);
      const put = await fetch(`${server.url}/cache/k`, { method: "PUT", headers, body: "v" });
      expect(put.status).toBe(201);
    } finally {
      await server.stop();
    }
  },
  120_000,
);

test("where the address space is too small for several workers, one serves, and that is said", async () => {
  const command = [...BUN_COMMAND, MAIN].join(" ");
  const env = { ...BUDGET, PATH: process.env["PATH"] ?? "", CACHEE_PORT: "0", CACHEE_WORKERS: "2" };
  const child = Bun.spawn(["sh", "-c", `ulimit -v 60000000; exec ${command}`], {
    env: { ...env, CACHEE_L1_BYTES_MAX: "200gb" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  try {
    const decoder = new TextDecoder();
    let out = "";
    for await (const chunk of child.stdout) {
      out += decoder.decode(chunk, { stream: true });
      if (out.includes("listening on")) break;
    }
    expect(out).toContain("listening on");
  } finally {
    child.kill();
  }
  expect(await child.stderr.text()).toContain('"event":"one_worker_alone","reason":"mmap of');
  expect(await child.exited).toBe(0);
}, 120_000);
