// Nothing ends the process: a log whose reader has gone or is slow, a full disk, a fault that nobody caught.

import { afterAll, afterEach, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BUN_COMMAND } from "../support/bun-command.ts";
import { startServer, type RunningServer } from "../support/server.ts";
import { until } from "../support/until.ts";

const MAIN = new URL("../../src/main.ts", import.meta.url).pathname;
const folder = mkdtempSync(join(tmpdir(), "cachee-survival-"));
const KEY = "survival-test-key";
const HEADERS = { "x-api-key": KEY };
let child: Bun.Subprocess<"ignore", "pipe", "inherit"> | undefined;
let server: RunningServer | undefined;

afterEach(async () => {
  child?.kill("SIGKILL");
  await child?.exited;
  await server?.stop();
  server = child = undefined;
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A server whose stderr is `redirection`, as bash has it; resolves with its URL. */
async function startWith(redirection: string, workers: number): Promise<string> {
  const keysFile = join(folder, "keys");
  writeFileSync(keysFile, `default:read+write+admin=${KEY}\n`);
  child = Bun.spawn(["bash", "-c", `exec "$@" 2> ${redirection}`, "bash", ...BUN_COMMAND, MAIN], {
    env: {
      PATH: process.env["PATH"] ?? "",
      CACHEE_PORT: "0",
      CACHEE_KEYS_FILE: keysFile,
      CACHEE_WORKERS: String(workers),
    },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let said = "";
  for await (const chunk of child.stdout) {
    said += new TextDecoder().decode(chunk);
    const match = /^listening on (\S+)$/m.exec(said);
    if (match !== null) return match[1]!;
  }
  throw new Error(`it did not start: ${said}`);
}

const metric = async (url: string, name: string) => {
  const text = await (await fetch(`${url}/metrics`, { headers: HEADERS })).text();
  return Number(new RegExp(`^${name} (\\S+)$`, "m").exec(text)![1]);
};

describe.each([1, 2])("with %d workers", (workers) => {
  test.each([
    ["a reader that has gone", ">(exec true)"],
    ["a full disk", "/dev/full"],
    ["a reader that reads nothing", ">(exec sleep 5)"],
  ])("%s: it serves, counts the lines, and ends as it should", async (_, redirection) => {
    const url = await startWith(redirection, workers);
    // Each reload logs a line in every process that serves.
    for (let i = 0; i < 20; i++) {
      child!.kill("SIGHUP");
      expect((await fetch(`${url}/cache/k`, { method: "PUT", body: "v", headers: HEADERS })).ok).toBeTrue();
    }
    const isRead = redirection.includes("sleep");
    if (!isRead) await until(async () => (await metric(url, "cachee_log_lines_dropped_total")) > 0);
    child!.kill("SIGTERM");
    expect(await child!.exited).toBe(0);
  });
});

test("a fault that nobody caught is logged with an id and counted, and the process goes on", async () => {
  const preload = join(folder, "faults.ts");
  writeFileSync(
    preload,
    `process.on("SIGUSR2", () => {
  setTimeout(() => { throw new Error("made up"); });
  void Promise.reject(new Error("made up as well"));
});\n`,
  );
  server = await startServer({ BUN_OPTIONS: `--preload=${preload}`, CACHEE_API_KEYS: KEY });
  await until(() => server!.stderr().includes('"started"'));
  process.kill(server.pid, "SIGUSR2");
  await until(async () => (await metric(server!.url, "cachee_bugs_total")) === 2);
  await until(() => server!.stderr().split('"bug"').length === 3);
  expect(server.stderr()).toMatch(/"id":"[0-9a-f-]{36}","kind":"uncaughtException","error":"made up"/);
  expect(server.stderr()).toMatch(
    /"id":"[0-9a-f-]{36}","kind":"unhandledRejection","error":"made up as well"/,
  );
  expect(await server.stop()).toBe(0);
});
