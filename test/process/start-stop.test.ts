// The command as an operator meets it: help, refusals to start, keys, signals.

import { afterEach, expect, test } from "bun:test";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SETTINGS } from "../../src/base/settings/table.ts";
import { startServer, type RunningServer, type ServerEnv } from "../support/server.ts";
import { until } from "../support/until.ts";

const ROOT = new URL("../..", import.meta.url).pathname;
const MAIN = `${ROOT}src/main.ts`;
const servers: RunningServer[] = [];

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.stop("SIGKILL")));
});

async function serve(env: ServerEnv = {}): Promise<RunningServer> {
  const server = await startServer(env);
  servers.push(server);
  return server;
}

async function run(
  args: readonly string[],
  env: ServerEnv = {},
): Promise<{ code: number; out: string; err: string }> {
  const child = Bun.spawn([process.execPath, MAIN, ...args], {
    env: { PATH: process.env["PATH"] ?? "", CACHEE_PORT: "0", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [out, err, code] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  return { code, out, err };
}

test("--help lists every setting with its default", async () => {
  const { code, out } = await run(["--help"]);
  expect(code).toBe(0);
  for (const setting of Object.values(SETTINGS)) expect(out).toContain(setting.name);
  expect(out).toMatch(/CACHEE_PORT +3000/);
});

test.each<[ServerEnv, string]>([
  [{ CACHEE_PROT: "1" }, "CACHEE_PROT"],
  [{ CACHEE_PORT: "65536" }, "CACHEE_PORT"],
  [{ CACHEE_PORT: "", PORT: "x" }, "PORT"],
  [{ CACHEE_L1_BYTES_MAX: "lots" }, "CACHEE_L1_BYTES_MAX"],
  [{ CACHEE_L1_BYTES_MAX: "101%" }, "CACHEE_L1_BYTES_MAX"],
  [{ CACHEE_VALUE_BYTES_MAX: "-1" }, "CACHEE_VALUE_BYTES_MAX"],
  [{ CACHEE_DEFAULT_TTL: "0" }, "CACHEE_DEFAULT_TTL"],
  [{ CACHEE_EVICTION: "random" }, "CACHEE_EVICTION"],
  [{ CACHEE_LOG: "loud" }, "CACHEE_LOG"],
  [{ CACHEE_HUGE_PAGES: "yes" }, "CACHEE_HUGE_PAGES"],
  [{ CACHEE_REDIS_URL: "http://x" }, "CACHEE_REDIS_URL"],
  [{ CACHEE_SCALE_MIN: "5", CACHEE_SCALE_MAX: "2" }, "CACHEE_SCALE_MIN"],
  [{ CACHEE_SCALER: "ecs" }, "CACHEE_ECS_CLUSTER"],
  [{ CACHEE_TLS_CERT: "cert.pem" }, "CACHEE_TLS_KEY"],
  [{ CACHEE_API_KEYS: "app:reed=hush-hush" }, "CACHEE_API_KEYS"],
  [{ CACHEE_API_KEYS: "sha256:hush-hush" }, "CACHEE_API_KEYS"],
  [{ CACHEE_KEYS_FILE: "no/such/file" }, "CACHEE_KEYS_FILE"],
  [{ CACHEE_HOST: "0.0.0.0" }, "CACHEE_API_KEYS"],
])("%p stops the start with one line that names %s", async (env, name) => {
  const { code, out, err } = await run([], env);
  expect(code).not.toBe(0);
  expect(out).toBe("");
  expect(err).toContain(name);
  expect(err.trim().split("\n")).toHaveLength(1);
  expect(err).not.toContain("hush-hush");
});

test("an unknown argument stops the start", async () => {
  const { code, err } = await run(["--prot", "1"]);
  expect(code).not.toBe(0);
  expect(err).toContain("--prot");
});

test("with no key configured it makes one, and prints a curl line that works", async () => {
  const server = await serve({ CACHEE_API_KEYS: "" });
  await until(() => server.stdout().includes("curl"));
  const line = /^try: (.*)$/m.exec(server.stdout())?.[1] ?? "";
  const child = Bun.spawn(["sh", "-c", line], { stdio: ["ignore", "pipe", "ignore"] });
  const text = await child.stdout.text();
  expect(text).toContain("200 OK");
  expect(text).toEndWith("hello");
  expect((await fetch(`${server.url}/stats`)).status).toBe(401);
});

test("it answers over a unix socket as well", async () => {
  const folder = mkdtempSync(join(tmpdir(), "cachee-"));
  try {
    const unix = join(folder, "cachee.sock");
    const server = await serve({ CACHEE_UNIX: unix });
    const headers = { "x-api-key": server.key };
    await fetch(`${server.url}/cache/k`, { method: "PUT", body: "v", headers });
    const read = await fetch("http://localhost/cache/k", { unix, headers });
    expect(await read.text()).toBe("v");
    expect(await server.stop()).toBe(0);
    const again = await serve({ CACHEE_UNIX: unix });
    expect((await fetch("http://localhost/health/ready", { unix })).status).toBe(200);
    expect(await again.stop("SIGKILL")).not.toBe(0);
    await serve({ CACHEE_UNIX: unix });
    expect((await fetch("http://localhost/health/ready", { unix })).status).toBe(200);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("huge pages, where asked for, serve the same; where they cannot be had, one log line says so", async () => {
  const server = await serve({ CACHEE_HUGE_PAGES: "on" });
  const headers = { "x-api-key": server.key };
  await fetch(`${server.url}/cache/k`, { method: "PUT", body: "v", headers });
  expect(await (await fetch(`${server.url}/cache/k`, { headers })).text()).toBe("v");
  expect(server.stderr().split("huge_pages_unavailable").length).toBeLessThanOrEqual(2);
});

test("SIGHUP reads the keys file again; one that is wrong changes nothing", async () => {
  const folder = mkdtempSync(join(tmpdir(), "cachee-"));
  try {
    const file = join(folder, "keys");
    writeFileSync(file, "# two of one name\napp:read+write=old-secret\napp:read+write=new-secret\n");
    chmodSync(file, 0o600);
    const server = await serve({ CACHEE_API_KEYS: "", CACHEE_KEYS_FILE: file });
    const status = async (key: string) =>
      (await fetch(`${server.url}/stats`, { headers: { "x-api-key": key } })).status;
    expect([await status("old-secret"), await status("new-secret"), await status("next-secret")]).toEqual([
      200, 200, 401,
    ]);
    writeFileSync(file, "app:read+write=new-secret\nops:admin=next-secret\n");
    process.kill(server.pid, "SIGHUP");
    await until(async () => (await status("next-secret")) === 200);
    expect([await status("old-secret"), await status("new-secret")]).toEqual([401, 200]);
    writeFileSync(file, "ops:admn=next-secret\n");
    process.kill(server.pid, "SIGHUP");
    await until(() => server.stderr().includes("keys_not_reloaded"));
    expect(await status("next-secret")).toBe(200);
    expect(server.stdout() + server.stderr()).not.toContain("secret");
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("SIGTERM: a running request finishes, then the process exits with 0", async () => {
  const server = await serve();
  const upload = new TransformStream<Uint8Array, Uint8Array>();
  const writer = upload.writable.getWriter();
  const put = fetch(`${server.url}/cache/k`, {
    method: "PUT",
    headers: { "x-api-key": server.key },
    body: upload.readable,
  });
  await writer.write(new TextEncoder().encode("half"));
  const pending = async () => {
    const response = await fetch(`${server.url}/stats`, { headers: { "x-api-key": server.key } });
    return response.status === 200;
  };
  await until(pending);
  const stopped = server.stop("SIGTERM");
  await until(() => server.stderr().includes("draining"));
  await writer.write(new TextEncoder().encode(" and half"));
  await writer.close();
  expect((await put).status).toBe(201);
  expect(await stopped).toBe(0);
});

test("npm start, told to stop, leaves nothing behind", async () => {
  const env = {
    ...process.env,
    CACHEE_PORT: "0",
    CACHEE_API_KEYS: "a-key-of-16-or-more",
    CACHEE_LOG: "silent",
  };
  const npm = Bun.spawn(["npm", "start", "--silent"], {
    cwd: ROOT,
    env,
    stdio: ["ignore", "pipe", "inherit"],
  });
  let url: string | undefined;
  for await (const chunk of npm.stdout) {
    url = /^listening on (\S+)$/m.exec(new TextDecoder().decode(chunk))?.[1];
    if (url !== undefined) break;
  }
  npm.kill("SIGTERM");
  await npm.exited;
  await until(() =>
    fetch(`${url}/health/live`).then(
      () => false,
      () => true,
    ),
  );
});

test("the log is JSON, a line an event, and holds no secret", async () => {
  const server = await serve({ CACHEE_API_KEYS: "app:read+write=very-secret" });
  await server.stop();
  const lines = server.stderr().trim().split("\n");
  const events = lines.map((line) => JSON.parse(line) as { event: string; time: string });
  expect(events.map(({ event }) => event)).toEqual(["started", "draining", "stopped"]);
  expect(server.stderr()).not.toContain("very-secret");
});
