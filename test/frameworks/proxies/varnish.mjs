// Varnish in front: an entry that may be kept is fetched once, one that says no-cache is asked for again.
import assert from "node:assert/strict";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort, put, started } from "./proxy.mjs";

const { HTTP_URL, SECRET } = process.env;
const folder = mkdtempSync(join(tmpdir(), "varnish-"));
const port = await freePort();
writeFileSync(
  join(folder, "cachee.vcl"),
  `vcl 4.1;
  backend default { .host = "127.0.0.1"; .port = "${new URL(HTTP_URL).port}"; }
  sub vcl_backend_fetch { set bereq.http.x-api-key = "${SECRET}"; }
  sub vcl_deliver { if (obj.hits > 0) { set resp.http.x-proxy = "hit"; } else { set resp.http.x-proxy = "miss"; } }`,
);
const stop = await started(
  [
    "varnishd",
    "-F",
    "-n",
    folder,
    "-f",
    join(folder, "cachee.vcl"),
    "-a",
    `127.0.0.1:${port}`,
    "-s",
    "malloc,16m",
    "-j",
    "none",
  ],
  port,
);
try {
  const get = async (key) => {
    const answer = await fetch(`http://127.0.0.1:${port}/cache/${key}`);
    return { status: answer.status, text: await answer.text(), proxy: answer.headers.get("x-proxy") };
  };
  await put("va:kept", "one", { "cache-control": "public, max-age=100" });
  assert.equal((await get("va:kept")).text, "one");
  await put("va:kept", "two", { "cache-control": "public, max-age=100" });
  assert.deepEqual(await get("va:kept"), { status: 200, text: "one", proxy: "hit" });
  await put("va:asked", "one");
  assert.equal((await get("va:asked")).text, "one");
  await put("va:asked", "two");
  assert.equal((await get("va:asked")).text, "two");
  assert.equal((await get("va:none")).status, 404);
} finally {
  await stop();
}
