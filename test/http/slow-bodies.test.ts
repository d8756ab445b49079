// Request bodies that come slowly, stop, or never end: each is answered or cut in time, and stores nothing.

import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createTestApp, listenOn, SECRET } from "../support/app.ts";
import { RawConnection, type Address } from "../support/raw-http.ts";
import { rawRequest } from "../support/raw-request.ts";
import type { RawResponse } from "../support/response-parser.ts";
import { nextTurn } from "../support/until.ts";

const PIECE_MS = 100;
const TEST_MS_MAX = 30_000;
const patient = createTestApp({}, "memory", {
  bodyBounds: { wholeMsMax: 30_000, silenceMsMax: 10_000 },
});
const hasty = createTestApp({}, "memory", { bodyBounds: { wholeMsMax: 900, silenceMsMax: 400 } });
// Bun looks at its timers every four seconds.
const folder = mkdtempSync(join(tmpdir(), "cachee-slow-"));
const paths = { patient: join(folder, "patient"), silent: join(folder, "silent") };
const patientListener = listenOn(patient.app, { idleSeconds: 1, uploadSeconds: 16 }, paths.patient);
const silentListener = listenOn(patient.app, { idleSeconds: 1, uploadSeconds: 4 }, paths.silent);
const hastyListener = listenOn(hasty.app, { idleSeconds: 1, uploadSeconds: 16 });
afterAll(async () => {
  await Promise.all([patientListener, silentListener, hastyListener].map((one) => one.stop()));
  rmSync(folder, { recursive: true, force: true });
});

const fields = `x-api-key: ${SECRET}\r\n`;
const headOf = (method: string, target: string, framing: string) =>
  rawRequest({ method, target, fields: `${fields}${framing}\r\n` });
const codeOf = (response: RawResponse | undefined) =>
  response === undefined ? "none" : (JSON.parse(response.body.toString()) as { code: string }).code;

/** Sends `head`, then `piece` every PIECE_MS until `count` have gone or the server has had enough. */
async function trickle(address: Address, head: string, piece: string, count: number): Promise<RawConnection> {
  const connection = await RawConnection.open(address);
  connection.send(head);
  for (let i = 0; i < count && !connection.closed && connection.receivedBytes === 0; i++) {
    connection.send(piece);
    await Bun.sleep(PIECE_MS);
  }
  return connection;
}

const ADDRESSES: readonly (readonly [string, Address, Address])[] = [
  ["TCP", patientListener, silentListener],
  ["a unix socket", { path: paths.patient }, { path: paths.silent }],
];

for (const [name, address, silent] of ADDRESSES) {
  test.concurrent(
    `over ${name}, a steady slow upload outlives the idle timeout`,
    async () => {
      const head = headOf("PUT", `/cache/slow-over-${name.at(-1)}`, "Content-Length: 55");
      const connection = await trickle(address, head, "x", 55);
      const [response] = await connection.answers(1);
      expect(response?.status).toBe(201);
      connection.destroy();
    },
    TEST_MS_MAX,
  );

  test.concurrent(
    `over ${name}, silence ends a connection`,
    async () => {
      const connection = await RawConnection.open(silent);
      connection.send(rawRequest({ target: "/cache/none", fields }));
      expect((await connection.answers(1))[0]?.status).toBe(404);
      expect(await connection.ended(14_000)).toBe(true);
    },
    TEST_MS_MAX,
  );
}

test.concurrent("a body on its way for too long is a 408, by either framing", async () => {
  for (const [framing, piece] of [
    ["Content-Length: 100", "x"],
    ["Transfer-Encoding: chunked", "1\r\nx\r\n"],
  ] as const) {
    const head = headOf("PUT", "/cache/long", framing);
    const connection = await trickle(hastyListener, head, piece, 100);
    const [response] = await connection.answers(1);
    expect([response?.status, codeOf(response)]).toEqual([408, "body_timeout"]);
    expect(response?.field("connection")).toBe("close");
    expect(await connection.ended()).toBe(true);
  }
  expect((await hasty.send("/cache/long")).status).toBe(404);
});

test.concurrent("a body that stops is a 408, for JSON too", async () => {
  for (const [method, target] of [
    ["PUT", "/cache/dead"],
    ["POST", "/batch"],
    ["POST", "/invalidate"],
  ] as const) {
    const connection = await RawConnection.open(hastyListener);
    connection.send(`${headOf(method, target, "Content-Length: 100")}{"all":true}`);
    const [response] = await connection.answers(1);
    expect([response?.status, codeOf(response)]).toEqual([408, "body_timeout"]);
    expect(await connection.ended()).toBe(true);
  }
  expect((await hasty.send("/cache/dead")).status).toBe(404);
});

test.concurrent(
  "an answered upload that goes on is cut, however busy it is",
  async () => {
    const unauthorized = rawRequest({ target: "/cache/x", fields: "Transfer-Encoding: chunked\r\n" });
    const cut = async (head: string) => {
      const connection = await RawConnection.open(patientListener);
      connection.send(head);
      const pump = setInterval(() => connection.send("1\r\nx\r\n"), PIECE_MS);
      expect(await connection.ended(14_000)).toBe(true);
      clearInterval(pump);
      expect(connection.responses().length).toBe(1);
    };
    const missing = headOf("GET", "/cache/missing", "Transfer-Encoding: chunked");
    await Promise.all([cut(unauthorized), cut(missing)]);
  },
  TEST_MS_MAX,
);

test.concurrent("a client that goes away leaves nothing behind", async () => {
  for (const leave of ["destroy", "end"] as const) {
    for (const framing of ["Content-Length: 100", "Transfer-Encoding: chunked"]) {
      const connection = await RawConnection.open(patientListener);
      connection.send(`${headOf("PUT", "/cache/aborted", framing)}3\r\nabc\r\n`);
      await nextTurn();
      connection[leave]();
      if (leave === "end") expect(await connection.ended()).toBe(true);
      expect(connection.responses()).toEqual([]);
    }
  }
  expect((await patient.send("/cache/aborted")).status).toBe(404);
});
