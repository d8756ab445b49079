// Readers that take nothing of large values: their copies are charged until they leave, and no more than fit are made.

import { afterAll, expect, test } from "bun:test";
import { InFlight } from "../../src/base/in-flight.ts";
import { createTestApp, listenOn, SECRET } from "../support/app.ts";
import { RawConnection } from "../support/raw-http.ts";
import { rawRequest } from "../support/raw-request.ts";
import { until } from "../support/until.ts";

const VALUE_BYTES = 12 * 1024 * 1024;
const inFlight = new InFlight(3 * VALUE_BYTES, 1);
const { app, send } = createTestApp({ valueBytesMax: VALUE_BYTES }, "memory", { inFlight });
const listener = listenOn(app);
afterAll(() => listener.stop());

const fields = `x-api-key: ${SECRET}\r\nAccept-Encoding: identity\r\n`;

test("copies for slow readers are bounded; who leaves or has taken all gives the room back", async () => {
  const names = ["a", "b", "c", "d"];
  for (const name of names) {
    const headers = { "content-type": "video/mp4" };
    await send(`/cache/${name}`, { method: "PUT", body: new Uint8Array(VALUE_BYTES).fill(7), headers });
  }
  expect(inFlight.bytes).toBe(0);
  const readers: RawConnection[] = [];
  for (const name of names.slice(0, 3)) {
    const reader = await RawConnection.open({ port: listener.port });
    reader.pause();
    reader.send(rawRequest({ target: `/cache/${name}`, fields }));
    readers.push(reader);
    await until(() => inFlight.bytesOf("answer") === readers.length * VALUE_BYTES);
  }
  const refused = await RawConnection.open({ port: listener.port });
  refused.send(rawRequest({ target: "/cache/d", fields }));
  const [answer] = await refused.answers(1);
  expect([answer?.status, answer?.field("retry-after")]).toEqual([503, "1"]);
  expect(JSON.parse(answer!.body.toString())).toMatchObject({ code: "overloaded" });
  readers[0]!.destroy();
  readers[1]!.resume();
  await until(() => inFlight.bytesOf("answer") === VALUE_BYTES);
  const taken = await fetch(`${listener.url}/cache/d`, { headers: { "x-api-key": SECRET } });
  expect((await taken.arrayBuffer()).byteLength).toBe(VALUE_BYTES);
  for (const reader of [readers[1]!, readers[2]!, refused]) reader.destroy();
  await until(() => inFlight.bytes === 0);
});
