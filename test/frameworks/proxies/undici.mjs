// undici's cache interceptor: what may be kept is fetched once, what says no-cache is asked for again.
import assert from "node:assert/strict";
import { Agent, interceptors, request } from "../../../node_modules/undici/index.js"; // "undici" alone is Bun's own

const { HTTP_URL, SECRET } = process.env;
const dispatcher = new Agent().compose(interceptors.cache());
const headers = { authorization: `Bearer ${SECRET}` };
const put = (key, body, more = {}) =>
  fetch(`${HTTP_URL}/cache/${key}`, {
    method: "PUT",
    headers: { ...headers, "content-type": "text/plain", ...more },
    body,
  });
const get = async (key) => {
  const response = await request(`${HTTP_URL}/cache/${key}`, { headers, dispatcher });
  return { text: await response.body.text(), status: response.headers["cache-status"] };
};
await put("un:kept", "one", { "cache-control": "public, max-age=100" });
assert.equal((await get("un:kept")).text, "one");
await put("un:kept", "two", { "cache-control": "public, max-age=100" });
assert.equal((await get("un:kept")).text, "one");
await put("un:asked", "one");
assert.equal((await get("un:asked")).text, "one");
await put("un:asked", "two");
assert.equal((await get("un:asked")).text, "two");
await dispatcher.close();
