// When a connection ends: after a refusal whose body is not read to its end, and while the instance drains; not by pipelining.

import { afterAll, expect, test } from "bun:test";
import { createTestApp, listenOn, SECRET } from "../support/app.ts";
import { RawConnection } from "../support/raw-http.ts";
import { rawRequest } from "../support/raw-request.ts";

const { app, lifecycle } = createTestApp({ valueBytesMax: 300_000, rateLimit: 1_000_000 });
const listener = listenOn(app);
afterAll(() => listener.stop());

const key = (secret: string) => `x-api-key: ${secret}\r\n`;
const NEXT = rawRequest({ target: "/cache/none", fields: key(SECRET) });

/** Refusals: the status, the request's head, and the key that it is sent with. */
const REFUSALS: readonly (readonly [number, string, string, string])[] = [
  [401, "PUT", "/cache/k", key("wrong")],
  [403, "PUT", "/cache/k", key("reader-secret")],
  [403, "POST", "/invalidate", key("reader-secret")],
  [404, "POST", "/nowhere", key(SECRET)],
  [405, "PUT", "/stats", key(SECRET)],
  [400, "PUT", "/cache/k?tll=5", key(SECRET)],
  [400, "PUT", "/cache/%ff", key(SECRET)],
  [415, "PUT", "/cache/k", `${key(SECRET)}Content-Encoding: compress\r\n`],
  [404, "DELETE", "/cache/none", key(SECRET)],
];

test.each(REFUSALS)("a %d to %s %s, whose body never comes, ends the connection", async (...refusal) => {
  const [status, method, target, fields] = refusal;
  for (const framing of ["Content-Length: 5", "Content-Length: 400000", "Transfer-Encoding: chunked"]) {
    const connection = await RawConnection.open({ port: listener.port });
    connection.send(rawRequest({ method, target, fields: `${fields}${framing}\r\n` }));
    const [answer] = await connection.answers(1);
    expect([framing, answer?.status, answer?.field("connection")]).toEqual([framing, status, "close"]);
    expect(await connection.ended()).toBe(true);
  }
});

test.each(REFUSALS)("a %d to %s %s, whose body is there, leaves it open", async (...refusal) => {
  const [status, method, target, fields] = refusal;
  const connection = await RawConnection.open({ port: listener.port });
  for (const body of ["", "abc", "x".repeat(200_000)]) {
    connection.send(rawRequest({ method, target, fields, body }));
    const before = connection.responses().length;
    const answers = await connection.answers(before + 1);
    expect(answers.at(-1)?.status).toBe(status);
    expect(answers.at(-1)?.field("connection")).toBeUndefined();
    connection.send(NEXT);
    expect((await connection.answers(before + 2)).at(-1)?.status).toBe(404);
  }
  connection.destroy();
});

test("a write with trailer fields, which Bun refuses as a next request, is stored and ends the connection", async () => {
  const connection = await RawConnection.open({ port: listener.port });
  const fields = `${key(SECRET)}Transfer-Encoding: chunked\r\nTrailer: x-sum\r\n`;
  connection.send(
    `${rawRequest({ method: "PUT", target: "/cache/trailed", fields })}3\r\nabc\r\n0\r\nx-sum: 1\r\n\r\n`,
  );
  const [answer] = await connection.answers(1);
  expect([answer?.status, answer?.field("connection")]).toEqual([201, "close"]);
  expect(await connection.ended()).toBe(true);
});

test("a value that is too large ends the connection where the rest is long, and leaves it where it is short", async () => {
  const put = (framing: string) =>
    rawRequest({ method: "PUT", target: "/cache/k", fields: `${key(SECRET)}${framing}\r\n` });
  const chunk = (bytes: number) => `${bytes.toString(16)}\r\n${"x".repeat(bytes)}\r\n`;
  for (const [head, body, closes] of [
    [put("Content-Length: 5000000"), "", true],
    [put("Transfer-Encoding: chunked"), chunk(300_001), true],
    [put("Transfer-Encoding: chunked"), `${chunk(300_001)}0\r\n\r\n`, false],
  ] as const) {
    const connection = await RawConnection.open({ port: listener.port });
    connection.send(head + body);
    const [answer] = await connection.answers(1);
    expect([answer?.status, answer?.field("connection")]).toEqual([413, closes ? "close" : undefined]);
    if (closes) expect(await connection.ended()).toBe(true);
    else {
      connection.send(NEXT);
      expect((await connection.answers(2)).length).toBe(2);
    }
    connection.destroy();
  }
});

test("HEAD has the date and the other fields of GET", async () => {
  const ask = async (method: string, target: string) => {
    const connection = await RawConnection.open({ port: listener.port });
    connection.send(rawRequest({ method, target, fields: key(SECRET) }));
    const [answer] = await connection.answers(1, [method]);
    connection.destroy();
    return answer!;
  };
  const put = { method: "PUT", target: "/cache/head", fields: key(SECRET), body: "value" };
  const connection = await RawConnection.open({ port: listener.port });
  connection.send(rawRequest(put));
  await connection.answers(1);
  connection.destroy();
  for (const target of ["/cache/head", "/cache/none", "/health/live", "/nowhere"]) {
    const [get, head] = [await ask("GET", target), await ask("HEAD", target)];
    expect(head.status).toBe(get.status);
    expect(Number.isNaN(Date.parse(head.field("date") ?? ""))).toBe(false);
    for (const name of ["content-length", "content-type", "etag", "cache-status", "vary"]) {
      expect([target, name, head.field(name)]).toEqual([target, name, get.field(name)]);
    }
  }
});

test("while the instance drains every answer ends its connection, a hit's too", async () => {
  const warm = await RawConnection.open({ port: listener.port });
  warm.send(rawRequest({ method: "PUT", target: "/cache/hot", fields: key(SECRET), body: "value" }));
  await warm.answers(1);
  lifecycle.state = "draining";
  try {
    for (const [method, target] of [
      ["GET", "/cache/hot"],
      ["HEAD", "/cache/hot"],
      ["GET", "/cache/a/b"],
      ["GET", "/health/ready"],
      ["DELETE", "/cache/hot"],
    ] as const) {
      const connection = await RawConnection.open({ port: listener.port });
      connection.send(rawRequest({ method, target, fields: key(SECRET) }));
      const [answer] = await connection.answers(1, [method]);
      expect([method, target, answer?.field("connection")]).toEqual([method, target, "close"]);
      expect(await connection.ended()).toBe(true);
    }
  } finally {
    lifecycle.state = "ready";
    warm.destroy();
  }
});

test("a pipeline of very many requests of the cold lane is answered whole", async () => {
  const PIPELINED = 500;
  const connection = await RawConnection.open({ port: listener.port });
  const fields = `${key(SECRET)}If-Match: *\r\n`;
  connection.send(rawRequest({ target: "/cache/none", fields }).repeat(PIPELINED));
  expect((await connection.answers(PIPELINED)).length).toBe(PIPELINED);
  connection.destroy();
});
