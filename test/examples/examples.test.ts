// Runs every program of examples/ against a real server, and reads what it prints.

import { afterAll, beforeAll, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Glob } from "bun";
import { BUN_COMMAND } from "../support/bun-command.ts";
import { startRespServer, type RespServer } from "../support/resp-server.ts";

const EXAMPLES = join(import.meta.dir, "../../examples");
const LINES_MAX = 80;

/** What each prints. */
const PRINTED: Readonly<Record<string, readonly string[]>> = {
  "read-through.ts": ["20 readers: 1 answer, computed 1 times", "lamp costs 4 euros"],
  "invalidate-by-tag.ts": ["invalidated 2", "shop/lamp is gone", "shop/lamps is gone", "shop/desk is there"],
  "batch-load.ts": ["stored 2500", 'user/0: {"id":0}', 'user/2499: {"id":2499}', "user/2500: not there"],
  "node-redis.ts": ["hello", "50", '[ "hello", null ]'],
  "ioredis.ts": ['[ "1", "2" ]', "1 of 3 has the lock"],
  "near-cache.ts": ['"off", read here', '"on"'],
  "keyv.ts": ["sunny in Oslo (asked 1 times)", "undefined a capital"],
  "cache-manager.ts": ["report 1", "report 1", "undefined"],
  "unstorage.ts": [
    "Ada false",
    "7 8",
    '[{"key":"users:7","value":null},{"key":"users:8","value":{"name":"Grace"}}]',
    "0",
  ],
  "bentocache.ts": ["what one sets the other reads, out of its memory too", "report 1 report 1", "report 2"],
};

let server: RespServer;

beforeAll(async () => {
  server = await startRespServer();
});

afterAll(async () => {
  await server?.stop();
});

for (const [name, lines] of Object.entries(PRINTED)) {
  test(name, async () => {
    const child = Bun.spawn([...BUN_COMMAND, join(EXAMPLES, name)], {
      env: {
        PATH: process.env["PATH"] ?? "",
        CACHEE_URL: server.url,
        CACHEE_KEY: server.key,
        CACHEE_RESP_PORT: String(server.respPort),
      },
      stdout: "pipe",
      stderr: "pipe",
    });
    const [out, errors, code] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
    expect({ lines: out.trimEnd().split("\n"), errors, code }).toEqual({
      lines: [...lines],
      errors: "",
      code: 0,
    });
  });
}

test("every program is run here, is in the list of its folder, and is short", () => {
  const readme = readFileSync(join(EXAMPLES, "README.md"), "utf8");
  const names = [...new Glob("*.ts").scanSync(EXAMPLES)].filter((name) => name !== "address.ts");
  expect(names.sort()).toEqual(Object.keys(PRINTED).sort());
  for (const name of names) {
    expect(readme).toContain(`\`${name}\``);
    expect(readFileSync(join(EXAMPLES, name), "utf8").split("\n").length).toBeLessThanOrEqual(LINES_MAX);
  }
});
