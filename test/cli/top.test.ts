// The live view, as text, as JSON, and on a real terminal: its size, its keys, and how the terminal is left.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { BUN_COMMAND } from "../support/bun-command.ts";
import { startServer, type RunningServer } from "../support/server.ts";
import { until } from "../support/until.ts";

const MAIN = join(import.meta.dir, "../../src/cli/main.ts");
const SECRET = "a-secret-of-the-top-tests";
const ENTER = "\x1b[?1049h";
const LEAVE = "\x1b[?7h\x1b[?25h\x1b[?1049l";

let server: RunningServer;
const over = new AbortController();
let traffic: Promise<void>;
beforeAll(async () => {
  server = await startServer({
    CACHEE_API_KEYS: `all:read+write+admin=${SECRET},reader:read=${SECRET}-reader`,
  });
  const ask = (method: string) =>
    fetch(`${server.url}/cache/hot-key`, {
      method,
      headers: { "x-api-key": SECRET },
      ...(method === "PUT" ? { body: "v" } : {}),
    });
  await ask("PUT");
  traffic = (async () => {
    while (!over.signal.aborted) await (await ask("GET")).text();
  })();
});
afterAll(async () => {
  over.abort();
  await traffic;
  await server.stop();
});

const command = (...args: string[]) => [...BUN_COMMAND, MAIN, "top", "--interval", "0.3", ...args];
const env = (key = SECRET) => ({
  PATH: process.env["PATH"] ?? "",
  CACHEE_URL: server.url,
  CACHEE_KEY: key,
  TERM: "xterm",
});

async function run(args: readonly string[], key?: string) {
  const child = Bun.spawn(command(...args), { env: env(key), stdio: ["ignore", "pipe", "pipe"] });
  const [out, err, code] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  return { out, err, code };
}

test("where there is no terminal it is one look as text, and as JSON with --json", async () => {
  const { out, code } = await run([]);
  expect(code).toBe(0);
  expect(out).not.toContain("\x1b");
  for (const part of ["● healthy", "hit rate", "LANE", "fast", "FLEET (1)", "HOT KEYS", "hot-key"])
    expect(out).toContain(part);
  const figures = JSON.parse((await run(["--once", "--json"])).out) as {
    change: { requests: number; lanes: Record<string, object> };
    hot: { key: string }[];
    fleet: object[];
  };
  expect(figures.change.requests).toBeGreaterThan(0);
  expect(Object.keys(figures.change.lanes)).toContain("fast");
  expect(figures.hot.map(({ key }) => key)).toContain("hot-key");
  expect(figures.fleet).toHaveLength(1);
});

test("a key without the scope admin sees all but the keys", async () => {
  const { out, code } = await run([], `${SECRET}-reader`);
  expect(code).toBe(0);
  expect(out).toContain('HOT KEYS: This API key does not have the scope "admin".');
  expect(out).toContain("hit rate");
  expect((await run([], "a-wrong-one-it-is")).code).toBe(77);
});

describe("on a terminal", () => {
  /** Starts it on a terminal of its own; what it has written since `clear`. */
  function open() {
    let written = "";
    const child = Bun.spawn(command(), {
      env: env(),
      terminal: { cols: 80, rows: 24, data: (_, bytes) => void (written += Buffer.from(bytes).toString()) },
    });
    return { child, terminal: child.terminal!, written: () => written, clear: () => void (written = "") };
  }

  test.each([
    ["q", (opened: ReturnType<typeof open>) => opened.terminal.write("q")],
    ["Ctrl-C", (opened: ReturnType<typeof open>) => opened.terminal.write("\x03")],
    ["SIGTERM", (opened: ReturnType<typeof open>) => opened.child.kill("SIGTERM")],
  ] as const)("%s ends it, and leaves the terminal as it was", async (_name, end) => {
    const opened = open();
    await until(() => opened.written().includes("HOT KEYS"));
    expect(opened.written().indexOf(ENTER)).toBe(0);
    end(opened);
    expect(await opened.child.exited).toBe(0);
    await until(() => opened.written().endsWith(LEAVE));
    opened.terminal.close();
  });

  test("it draws as many lines as there are, and anew when the size changes", async () => {
    const opened = open();
    await until(() => opened.written().includes("HOT KEYS"));
    opened.terminal.resize(60, 4);
    opened.clear();
    await until(() => opened.written().includes("hit rate"));
    const frames = opened.written().split("\x1b[H").slice(1);
    expect(frames.at(-1)!.split("\r\n").length).toBeLessThanOrEqual(4);
    opened.terminal.write("q");
    await opened.child.exited;
    opened.terminal.close();
  });
});
