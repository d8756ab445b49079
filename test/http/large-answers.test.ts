// Large answers hold the event loop while they are sent: past a few in one turn of it they wait for one, by API key.

import { expect, test } from "bun:test";
import { LARGE_ANSWER_BYTE_NS, SLICE_MS_MAX } from "../../src/base/limits.ts";
import { createTestApp, SECRET } from "../support/app.ts";

/** Of another key. */
const OTHER_SECRET = "reader-secret";
const VALUE_BYTES = 4 * 1024 * 1024;
/** So many are sent at once before one waits. */
const AT_ONCE = Math.ceil((SLICE_MS_MAX * 1e6) / (VALUE_BYTES * LARGE_ANSWER_BYTE_NS));

test("a key's large answer waits for few of another key, however many that one asks for; short ones wait for none", async () => {
  const { app, send } = createTestApp({ valueBytesMax: VALUE_BYTES });
  const put = (key: string, bytes: number) =>
    send(`/cache/${key}`, {
      method: "PUT",
      body: new Uint8Array(bytes).fill(7),
      headers: { "x-api-key": SECRET, "content-type": "video/mp4" },
    });
  await put("large", VALUE_BYTES);
  await put("short", 1_000);
  const get = (key: string, secret: string) =>
    app.get(
      new Request(`http://localhost/cache/${key}`, { headers: { host: "localhost", "x-api-key": secret } }),
      key,
    );
  // Often enough for the fast lane to keep it.
  for (let i = 0; i < 20; i++) await (await get("large", SECRET)).arrayBuffer();
  await new Promise((resolve) => setImmediate(resolve));
  const done: string[] = [];
  const asked: Promise<unknown>[] = [];
  let waiting = 0;
  const ask = (secret: string) => {
    const answer = get("large", secret);
    if (answer instanceof Promise) waiting += 1;
    asked.push(Promise.resolve(answer).then(({ status }) => done.push(`${secret} ${status}`)));
  };
  for (let i = 0; i < 50; i++) ask(SECRET);
  expect(waiting).toBeGreaterThanOrEqual(50 - AT_ONCE);
  ask(OTHER_SECRET);
  const short = get("short", SECRET);
  expect(((await short) as Response).status).toBe(200);
  await Promise.all(asked);
  expect(new Set(done)).toEqual(new Set([`${SECRET} 200`, `${OTHER_SECRET} 200`]));
  expect(done.indexOf(`${OTHER_SECRET} 200`)).toBeLessThan(AT_ONCE + 4);
});
