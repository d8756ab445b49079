// CORS: every answer says that it depends on Origin, whether the request had one or not, in both lanes.

import { expect, test } from "bun:test";
import { createTestApp } from "../support/app.ts";

const ALLOWED = "https://app.example";
const varyOf = (answer: Response) => answer.headers.get("vary")?.split(/, */).sort();

test.each([[[ALLOWED]], [["*"]]])("with %p every answer varies by Origin", async (corsOrigins) => {
  const { send } = createTestApp({ corsOrigins });
  const etag = (await send("/cache/k", { method: "PUT", body: "v" })).headers.get("etag")!;
  for (const origin of [undefined, undefined, undefined, "https://other.example", ALLOWED]) {
    const fields: Record<string, string> = origin === undefined ? {} : { origin };
    for (const headers of [fields, { ...fields, "if-none-match": etag }, { ...fields, "if-match": "*" }]) {
      expect(varyOf(await send("/cache/k", { headers }))).toEqual(["Accept-Encoding", "Origin"]);
    }
    for (const path of ["/cache/none", "/stats", "/health/live", "/nowhere"]) {
      expect(varyOf(await send(path, { headers: fields }))).toContain("Origin");
    }
    const put = await send("/cache/p", { method: "PUT", body: "v", headers: fields });
    expect(varyOf(put)).toContain("Origin");
    const allowed =
      origin === undefined ? null : corsOrigins[0] === "*" ? "*" : origin === ALLOWED ? ALLOWED : null;
    expect(put.headers.get("access-control-allow-origin")).toBe(allowed);
  }
});

test("without CORS nothing depends on Origin", async () => {
  const { send } = createTestApp();
  await send("/cache/k", { method: "PUT", body: "v" });
  expect(varyOf(await send("/cache/k", { headers: { origin: ALLOWED } }))).toEqual(["Accept-Encoding"]);
});
