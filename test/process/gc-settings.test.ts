// The start with settings for the garbage collector: silent, and the server runs where a process cannot begin anew.

import { afterAll, afterEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startServer, type RunningServer } from "../support/server.ts";
import { until } from "../support/until.ts";

let server: RunningServer | undefined;
const folder = mkdtempSync(join(tmpdir(), "cachee-gc-"));

afterEach(async () => void (await server?.stop()));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The events logged by the end of the start, but that the loop was held on a busy machine; anything else on stderr is no
 *  JSON. */
async function events(started: RunningServer): Promise<string[]> {
  await until(() => started.stderr().includes('"started"'));
  const lines = started.stderr().trim().split("\n");
  const all = lines.map((line) => (JSON.parse(line) as { event: string }).event);
  return all.filter((event) => event !== "event_loop_blocked");
}

test("a start prints no warning of the runtime's", async () => {
  server = await startServer();
  expect(await events(server)).toEqual(["started"]);
});

test("where the process cannot begin anew, the server says so in its log and serves", async () => {
  const preload = join(folder, "execve-fails.ts");
  // The runtime's own failure, warning and all: there is no such program.
  writeFileSync(
    preload,
    'const execve = process.execve!;\nprocess.execve = () => execve("/no/such/program");\n',
  );
  server = await startServer({ BUN_OPTIONS: `--preload=${preload}` });
  expect(await events(server)).toEqual(["gc_settings_unavailable", "started"]);
  const answer = await fetch(`${server.url}/health/ready`);
  expect(answer.status).toBe(200);
});
