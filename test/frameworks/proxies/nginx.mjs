// nginx in front with proxy_cache: an entry that may be kept is fetched once; one that says no-cache is asked for again.
import assert from "node:assert/strict";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort, put, started } from "./proxy.mjs";

const { HTTP_URL, SECRET } = process.env;
const folder = mkdtempSync(join(tmpdir(), "nginx-"));
const port = await freePort();
writeFileSync(
  join(folder, "nginx.conf"),
  `daemon off; master_process off; pid ${folder}/pid; error_log ${folder}/error.log; events {}
  http {
    access_log off; proxy_cache_path ${folder}/cache keys_zone=c:1m;
    client_body_temp_path ${folder}/b; proxy_temp_path ${folder}/p; fastcgi_temp_path ${folder}/f;
    uwsgi_temp_path ${folder}/u; scgi_temp_path ${folder}/s;
    server {
      listen 127.0.0.1:${port};
      location / {
        proxy_pass ${HTTP_URL}; proxy_http_version 1.1; proxy_set_header Authorization "Bearer ${SECRET}";
        proxy_cache c; proxy_cache_revalidate on; add_header X-Proxy $upstream_cache_status always;
      }
    }
  }`,
);
const stop = await started(
  ["nginx", "-c", join(folder, "nginx.conf"), "-e", join(folder, "error.log")],
  port,
);
try {
  const get = async (key, headers = {}) => {
    const answer = await fetch(`http://127.0.0.1:${port}/cache/${key}`, { headers });
    return { status: answer.status, text: await answer.text(), answer };
  };
  await put("ng:kept", "one", { "cache-control": "public, max-age=100" });
  assert.equal((await get("ng:kept")).text, "one");
  await put("ng:kept", "two", { "cache-control": "public, max-age=100" });
  const kept = await get("ng:kept");
  assert.equal(kept.text, "one");
  assert.equal(kept.answer.headers.get("x-proxy"), "HIT");
  const etag = kept.answer.headers.get("etag");
  assert.equal((await get("ng:kept", { "if-none-match": etag })).status, 304);
  await put("ng:asked", "one");
  assert.equal((await get("ng:asked")).text, "one");
  await put("ng:asked", "two");
  assert.equal((await get("ng:asked")).text, "two");
  assert.equal((await get("ng:none")).status, 404);
} finally {
  await stop();
}
