// Seeded mutations of malformed HTTP: no request is smuggled in, no answer is malformed, none is a 5xx.

import { afterAll, beforeAll, expect, test } from "bun:test";
import { ask } from "../support/raw-http.ts";
import { framingOf } from "../support/request-framing.ts";
import { startServer, type RunningServer } from "../support/server.ts";
import { CHUNKED, CHUNKS, get, MARKING, put, request, SECRET } from "./corpus/case.ts";
import { CORPUS, CORPUS_ENV } from "./corpus/corpus.ts";
import { checkMutations } from "./corpus/mutation-check.ts";

const COUNT = Number(process.env["CACHEE_TEST_MUTATIONS"] ?? 4_000);
const SEED = Number(process.env["CACHEE_TEST_SEED"] ?? Math.floor(Math.random() * 2 ** 31));

let server: RunningServer;
beforeAll(async () => {
  server = await startServer({ CACHEE_API_KEYS: `default:read+write+admin=${SECRET}`, ...CORPUS_ENV });
});
afterAll(() => server.stop());

test(`${COUNT} mutations of seed ${SEED} (CACHEE_TEST_SEED)`, async () => {
  const report = await checkMutations(server, SEED, 0, COUNT);
  expect(report.marked).toBeGreaterThan(0);
  expect((await ask(server, request("GET", "/health/live"))).status).toBe(200);
  expect(server.stderr()).not.toContain('"event":"bug"');
}, 120_000);

test("the strict recipient sees what is there", () => {
  expect(framingOf(put("", "abc") + get() + MARKING)).toMatchObject({
    requests: [{ method: "PUT" }, { method: "GET" }, { method: "PUT" }],
    ending: "clean",
  });
  expect(framingOf(put(CHUNKED, CHUNKS) + MARKING).requests.length).toBe(2);
  expect(framingOf(put("", MARKING)).requests.length).toBe(1);
  expect(framingOf(put(`Content-Length: 3\r\n${CHUNKED}`, CHUNKS))).toEqual({
    requests: [],
    ending: "malformed",
  });
  expect(framingOf(put("Content-Length: 9\r\n", "abc"))).toEqual({ requests: [], ending: "partial" });
  expect(framingOf(put(CHUNKED, `3\r\nabc\r\n0\r\n${MARKING}`)).requests.length).toBe(1);
  expect(framingOf(get("Connection: close\r\n") + MARKING)).toMatchObject({ ending: "closed" });
  expect(framingOf(get("X-A: b\r\n c\r\n")).ending).toBe("malformed");
});

test("it sees at least what the corpus has answered", () => {
  for (const { name, bytes, answers } of CORPUS) {
    const { requests, ending } = framingOf(bytes);
    const perhaps = ending === "partial" || ending === "malformed" ? 1 : 0;
    const fine = answers.filter((status) => [status].flat().every((one) => one < 400));
    expect(requests.length + perhaps, name).toBeGreaterThanOrEqual(fine.length);
  }
});
