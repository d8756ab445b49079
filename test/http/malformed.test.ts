// Odd and malformed HTTP over a raw connection: each case is answered as it should be, and leaves the server well.

import { afterAll, beforeAll, expect, test } from "bun:test";
import { ask, RawConnection } from "../support/raw-http.ts";
import type { RawResponse } from "../support/response-parser.ts";
import { startServer, type RunningServer } from "../support/server.ts";
import { MARK, numbered, OWN, request, SECRET, type Case } from "./corpus/case.ts";
import { CORPUS, CORPUS_ENV } from "./corpus/corpus.ts";

let server: RunningServer;
let entries = 0;
beforeAll(async () => {
  server = await startServer({ CACHEE_API_KEYS: `default:read+write+admin=${SECRET}`, ...CORPUS_ENV });
});
afterAll(() => server.stop());

/** A well-formed request on a connection of its own. */
const wellFormed = (target: string) => ask(server, request("GET", target));

function checkProblem(response: RawResponse, method: string | undefined): void {
  expect(response.field("content-type")).toBe("application/problem+json");
  if (method === "HEAD") return;
  const problem = JSON.parse(response.body.toString()) as Record<string, unknown>;
  expect(problem["status"]).toBe(response.status);
  for (const name of ["type", "title", "detail", "code"]) expect(problem[name]).toBeString();
}

async function run(one: Case, number: number): Promise<void> {
  const connection = await RawConnection.open(server);
  connection.send(numbered(one.bytes, number));
  if (one.ends) connection.end();
  await connection.answers(one.answers.length === 0 ? Infinity : one.answers.length, one.methods);
  if (one.closes === true) expect(await connection.ended(), "it closes").toBe(true);
  const own = await wellFormed(numbered(`/cache/${OWN}`, number));
  const mark = await wellFormed(numbered(`/cache/${MARK}`, number));
  const responses = connection.responses(one.methods);
  connection.destroy();
  expect(responses.length, "answers").toBe(one.answers.length);
  for (const [i, response] of responses.entries()) {
    expect([one.answers[i]].flat()).toContain(response.status);
    if (response.status >= 400 && !response.isBare) checkProblem(response, one.methods?.[i]);
  }
  const statuses = [one.answers[0] ?? []].flat();
  const eitherWay = statuses.some((status) => status < 300) && statuses.some((status) => status >= 400);
  if (!eitherWay) expect(own.status, "its own entry").toBe(one.stores ? 200 : 404);
  expect(mark.status, "the marked entry").toBe(one.marks ? 200 : 404);
  entries += Number(own.status === 200) + Number(mark.status === 200);
}

test("the corpus is of a size, and its names are unique", () => {
  expect(CORPUS.length).toBeGreaterThan(200);
  expect(new Set(CORPUS.map(({ name }) => name)).size).toBe(CORPUS.length);
});

test.each(CORPUS.map((one, number) => [one.name, one, number] as const))("%s", (_, one, number) =>
  run(one, number),
);

test("nothing was stored but what the cases say, and no bug was met", async () => {
  const stats = JSON.parse((await wellFormed("/stats")).body.toString()) as { l1: { entries: number } };
  expect(stats.l1.entries).toBe(entries);
  expect(server.stderr()).not.toContain('"event":"bug"');
});
