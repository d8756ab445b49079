// A Redis that asks for a password, or is reached by TLS.

import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startCachee } from "../support/cachee-process.ts";
import { until } from "../support/until.ts";
import { freePort, startRedis, type RedisServer } from "../support/redis.ts";

let redis: RedisServer;
let dir: string;
let tlsPort: number;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "cachee-tls-"));
  const [key, cert] = [join(dir, "key.pem"), join(dir, "cert.pem")];
  const subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"];
  const files = ["-keyout", key, "-out", cert];
  await Bun.$`openssl req -x509 -newkey rsa:2048 -nodes -days 1 ${files} ${subject}`.quiet();
  tlsPort = await freePort();
  const tls = ["--tls-port", String(tlsPort), "--tls-cert-file", cert, "--tls-key-file", key];
  redis = await startRedis([
    ...tls,
    "--tls-ca-cert-file",
    cert,
    "--tls-auth-clients",
    "no",
    "--requirepass",
    "right",
  ]);
});

afterAll(async () => {
  await redis?.stop();
  await rm(dir, { recursive: true, force: true });
});

test("a wrong password: it runs, is not ready, and says why without saying the password", async () => {
  const url = (password: string) => redis.url.replace("//", `//:${password}@`);
  const wrong = await startCachee({ CACHEE_REDIS_URL: url("wrong-secret") });
  await until(() => wrong.log().includes("WRONGPASS"));
  expect((await wrong.fetch("/health/ready")).status).toBe(503);
  expect((await wrong.get("x")).status).toBe(503);
  expect((await wrong.put("x", "x")).status).toBe(503);
  expect(wrong.log()).not.toContain("wrong-secret");
  await Bun.$`redis-cli -p ${redis.port} -a right acl setuser default on ${">wrong-secret"}`.quiet();
  await wrong.ready();
  expect((await wrong.put("x", "x")).status).toBe(201);
  await wrong.stop();
});

test("TLS: reached where its certificate is trusted, and not where it is not", async () => {
  const url = `rediss://:right@127.0.0.1:${tlsPort}`;
  const trusting = await startCachee({ CACHEE_REDIS_URL: url, NODE_EXTRA_CA_CERTS: join(dir, "cert.pem") });
  await trusting.ready();
  expect((await trusting.put("tls", "x")).status).toBe(201);
  const distrusting = await startCachee({ CACHEE_REDIS_URL: url });
  await until(() => distrusting.log().includes("redis_down"));
  expect((await distrusting.get("tls")).status).toBe(503);
  await Promise.all([trusting.stop(), distrusting.stop()]);
});
