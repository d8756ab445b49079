// HAProxy in front: its cache over HTTP, and Redis's protocol through it in mode tcp with a check that says PING.
import assert from "node:assert/strict";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import { freePort, put, started } from "./proxy.mjs";

const { HTTP_URL, REDIS_URL, SECRET } = process.env;
const folder = mkdtempSync(join(tmpdir(), "haproxy-"));
const [http, resp] = [await freePort(), await freePort()];
writeFileSync(
  join(folder, "haproxy.cfg"),
  `defaults
  timeout connect 5s
  timeout client 30s
  timeout server 30s
cache kept
  total-max-size 4
  max-age 60
frontend web
  mode http
  bind 127.0.0.1:${http}
  http-request cache-use kept
  http-response cache-store kept
  http-response set-header x-proxy hit if { srv_id 0 }
  default_backend cachee
backend cachee
  mode http
  option httpchk GET /health/ready
  http-request set-header x-api-key ${SECRET}
  server one ${new URL(HTTP_URL).host} check
listen redis
  mode tcp
  bind 127.0.0.1:${resp}
  option tcp-check
  tcp-check send AUTH\\ ${SECRET}\\r\\n
  tcp-check expect string +OK
  tcp-check send PING\\r\\n
  tcp-check expect string +PONG
  server one ${new URL(REDIS_URL).host} check inter 100
`,
);
const stop = await started(["haproxy", "-f", join(folder, "haproxy.cfg"), "-db"], http);
try {
  const get = async (key) => {
    const answer = await fetch(`http://127.0.0.1:${http}/cache/${key}`);
    return { status: answer.status, text: await answer.text() };
  };
  await put("ha:kept", "one", { "cache-control": "public, max-age=100" });
  assert.equal((await get("ha:kept")).text, "one");
  await put("ha:asked", "one");
  assert.equal((await get("ha:asked")).text, "one");
  await put("ha:asked", "two");
  assert.equal((await get("ha:asked")).text, "two");
  assert.equal((await get("ha:none")).status, 404);
  const client = new Redis(resp, "127.0.0.1", { password: SECRET });
  assert.equal(await client.set("ha:resp", "v"), "OK");
  assert.equal(await client.get("ha:resp"), "v");
  assert.equal((await get("ha:resp")).text, "v");
  client.disconnect();
} finally {
  await stop();
}
