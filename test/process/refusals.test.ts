// What stops the start: one line on stderr that names the setting and the reason, and exit code 78.

import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BUN_COMMAND } from "../support/bun-command.ts";
import type { ServerEnv } from "../support/server.ts";

const ROOT = new URL("../..", import.meta.url).pathname;
const folder = mkdtempSync(join(tmpdir(), "cachee-refusals-"));
const taken = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
const port = String(taken.port);

/** A file with `content`; gives its path. */
function file(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

async function certificate(name: string): Promise<{ cert: string; key: string }> {
  const [cert, key] = [join(folder, `${name}.pem`), join(folder, `${name}-key.pem`)];
  await Bun.$`openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost -keyout ${key} -out ${cert}`.quiet();
  return { cert, key };
}

const [one, two] = await Promise.all([certificate("one"), certificate("two")]);
const noise = file("noise.pem", "nonsense");

afterAll(() => {
  taken.stop();
  rmSync(folder, { recursive: true, force: true });
});

test.each<[ServerEnv, string]>([
  [{ CACHEE_PORT: port }, `CACHEE_PORT: 127.0.0.1:${port} is in use`],
  [{ CACHEE_PORT: port, CACHEE_WORKERS: "2" }, `CACHEE_PORT: 127.0.0.1:${port} is in use`],
  [{ CACHEE_RESP_PORT: port }, `CACHEE_RESP_PORT: 127.0.0.1:${port} is in use`],
  [{ CACHEE_RESP_PORT: port, CACHEE_WORKERS: "2" }, `CACHEE_RESP_PORT: 127.0.0.1:${port} is in use`],
  [{ CACHEE_HOST: "203.0.113.7" }, "CACHEE_HOST: 203.0.113.7:0 is no address of this machine"],
  [{ CACHEE_HOST: "no.such.host.invalid" }, "CACHEE_HOST: no.such.host.invalid:0 cannot be resolved"],
  [{ CACHEE_UNIX: join(folder, "none/s") }, "CACHEE_UNIX: the folder of "],
  [{ CACHEE_UNIX: `/tmp/${"x".repeat(120)}` }, "CACHEE_UNIX: "],
  [{ CACHEE_UNIX: noise }, `CACHEE_UNIX: ${noise} is something other than a socket`],
  [{ CACHEE_TLS_CERT: one.cert, CACHEE_TLS_KEY: two.key }, "CACHEE_TLS_KEY is not the key of"],
  [{ CACHEE_TLS_CERT: noise, CACHEE_TLS_KEY: one.key }, "CACHEE_TLS_CERT has no certificate"],
  [{ CACHEE_TLS_CERT: one.cert, CACHEE_TLS_KEY: noise }, "CACHEE_TLS_KEY has no private key"],
  [{ CACHEE_TLS_CERT: join(folder, "none"), CACHEE_TLS_KEY: one.key }, "CACHEE_TLS_CERT cannot be read"],
  [{ CACHEE_TLS_CERT: one.cert, CACHEE_TLS_KEY: folder }, "CACHEE_TLS_KEY cannot be read"],
  [{ CACHEE_REDIS_URL: "redis://u:hush-hush@h/abc" }, "CACHEE_REDIS_URL must be"],
  [{ CACHEE_REDIS_URL: "redis://h/1/2" }, "CACHEE_REDIS_URL must be"],
  [{ CACHEE_REDIS_URL: "redis://h?db=3" }, "CACHEE_REDIS_URL must be"],
  [{ CACHEE_REDIS_URL: "redis://h/1#2" }, "CACHEE_REDIS_URL must be"],
  [{ CACHEE_API_KEYS: "app:read:shop/" }, "CACHEE_API_KEYS: entry 1 has no =SECRET"],
  [{ CACHEE_KEYS_FILE: folder }, "CACHEE_KEYS_FILE cannot be read: EISDIR"],
  [{ CACHEE_KEYS_FILE: join(folder, "none") }, "CACHEE_KEYS_FILE cannot be read: ENOENT"],
  [{ CACHEE_API_KEYS: "", CACHEE_KEYS_FILE: file("keys", "app:read\n") }, "CACHEE_KEYS_FILE: line 1"],
])("%j: %s", async (env, sentence) => {
  const child = Bun.spawn([...BUN_COMMAND, join(ROOT, "src/main.ts")], {
    env: {
      PATH: process.env["PATH"] ?? "",
      CACHEE_PORT: "0",
      CACHEE_API_KEYS: "a-key-of-16-or-more",
      CACHEE_LOG: "silent",
      ...env,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [code, err] = await Promise.all([child.exited, child.stderr.text()]);
  expect(err.split("\n")).toHaveLength(2);
  expect(err).toStartWith(`cachee: ${sentence}`);
  expect(err).not.toContain("hush-hush");
  expect(code).toBe(78);
});
