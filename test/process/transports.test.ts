// The contract's basics on the other ways in: a unix socket, TLS, and HTTP/2 by ALPN.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { connect, constants, type ClientHttp2Session, type IncomingHttpHeaders } from "node:http2";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect as connectTls } from "node:tls";
import { ask } from "../support/raw-http.ts";
import { rawRequest } from "../support/raw-request.ts";
import { startRespServer } from "../support/resp-server.ts";
import { startServer, type RunningServer } from "../support/server.ts";
import { nextTurn } from "../support/until.ts";

const VALUE_BYTES_MAX = 65_536;
const folder = mkdtempSync(join(tmpdir(), "cachee-transports-"));
const cert = join(folder, "cert.pem");
const key = join(folder, "key.pem");
const unix = join(folder, "cachee.sock");

let server: RunningServer;
beforeAll(async () => {
  const how = "-x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost";
  const names = "subjectAltName=DNS:localhost,IP:127.0.0.1";
  const made = Bun.spawnSync([
    "openssl",
    "req",
    ...how.split(" "),
    "-addext",
    names,
    "-keyout",
    key,
    "-out",
    cert,
  ]);
  if (made.exitCode !== 0) throw new Error(made.stderr.toString());
  server = await startServer({
    CACHEE_TLS_CERT: cert,
    CACHEE_TLS_KEY: key,
    CACHEE_UNIX: unix,
    CACHEE_VALUE_BYTES_MAX: "64kb",
  });
});
afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true });
});

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Buffer;
}

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
}

type Ask = (asked: Asked) => Promise<Answer>;

async function overUnix({ method, path, headers = {}, body }: Asked): Promise<Answer> {
  const lines = Object.entries({ "x-api-key": server.key, ...headers }).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  );
  const text = body === undefined ? {} : { body: Buffer.from(body).toString("latin1") };
  const request = rawRequest({ method, target: path, fields: lines.join(""), ...text });
  const response = await ask({ path: unix }, request, method);
  const fields = Object.fromEntries(response.fields.map(([name, value]) => [name.toLowerCase(), value]));
  return { status: response.status, headers: fields, body: response.body };
}

async function overTls({ method, path, headers = {}, body }: Asked): Promise<Answer> {
  const init = { method, headers: { "x-api-key": server.key, "accept-encoding": "identity", ...headers } };
  const response = await fetch(`${server.url}${path}`, {
    ...init,
    ...(body === undefined ? {} : { body }),
    tls: { ca: Bun.file(cert) },
  });
  return {
    status: response.status,
    headers: Object.fromEntries(response.headers),
    body: Buffer.from(await response.arrayBuffer()),
  };
}

let session: ClientHttp2Session | undefined;
afterAll(() => session?.destroy());

async function overHttp2({ method, path, headers = {}, body }: Asked): Promise<Answer> {
  session ??= connect(server.url, { ca: await Bun.file(cert).text() });
  const stream = session.request({ ":method": method, ":path": path, "x-api-key": server.key, ...headers });
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  let fields: IncomingHttpHeaders = {};
  const chunks: Buffer[] = [];
  stream.on("response", (received) => {
    fields = received;
  });
  stream.on("data", (chunk: Buffer) => chunks.push(chunk));
  stream.on("end", () =>
    resolve({
      status: Number(fields[constants.HTTP2_HEADER_STATUS]),
      headers: fields as Answer["headers"],
      body: Buffer.concat(chunks),
    }),
  );
  stream.on("error", reject);
  stream.end(body);
  return promise;
}

test("TLS offers HTTP/2 and HTTP/1.1 by ALPN", async () => {
  const ca = await Bun.file(cert).text();
  for (const protocol of ["h2", "http/1.1"]) {
    const { promise, resolve, reject } = Promise.withResolvers<string | false | null>();
    const socket = connectTls({ host: "127.0.0.1", port: server.port, ca, ALPNProtocols: [protocol] }, () =>
      resolve(socket.alpnProtocol),
    );
    socket.on("error", reject);
    expect(await promise).toBe(protocol);
    socket.destroy();
  }
});

test("TLS has forward secrecy and authenticated encryption, for HTTPS and RESP", async () => {
  const { port, respPort, stop } = await startRespServer({ CACHEE_TLS_CERT: cert, CACHEE_TLS_KEY: key });
  const agreed = (to: number, version: string, cipher: string) => {
    const command = ["openssl", "s_client", "-connect", `127.0.0.1:${to}`, version];
    const made = Bun.spawnSync([...command, ...(cipher === "" ? [] : ["-cipher", `${cipher}@SECLEVEL=0`])], {
      stdin: "ignore",
    });
    return /Cipher is (\S+)/.exec(made.stdout.toString())?.[1];
  };
  for (const to of [port, respPort]) {
    const good = "ECDHE-ECDSA-AES128-GCM-SHA256";
    expect(agreed(to, "-tls1_2", good)).toBe(good);
    expect(agreed(to, "-tls1_2", "ECDHE-ECDSA-AES128-SHA")).toBe("(NONE)");
    expect(agreed(to, "-tls1_2", "AES128-SHA")).toBe("(NONE)");
    expect(agreed(to, "-tls1_3", "")).toStartWith("TLS_");
  }
  await stop();
});

const codeOf = ({ body }: Answer) => (JSON.parse(body.toString()) as { code: string }).code;

describe.each([
  ["unix", overUnix],
  ["tls", overTls],
  ["http2", overHttp2],
] as [string, Ask][])("%s", (name, send) => {
  const path = `/cache/${name}`;
  const body = Buffer.from("Some say the world will end in fire. ".repeat(20));

  test("a value is put, read, revalidated, and deleted", async () => {
    const put = await send({
      method: "PUT",
      path,
      body,
      headers: { "content-type": "text/plain", "cache-tag": "t" },
    });
    expect(put.status).toBe(201);
    const read = await send({ method: "GET", path });
    expect([read.status, read.headers["content-type"]]).toEqual([200, "text/plain"]);
    expect(read.headers["cache-status"]).toBe("cachee; hit; detail=l1");
    expect(read.headers["content-length"]).toBe(String(body.length));
    expect(read.body).toEqual(body);
    const head = await send({ method: "HEAD", path });
    expect([head.status, head.body.length, head.headers["etag"]]).toEqual([200, 0, read.headers["etag"]]);
    const matched = await send({ method: "GET", path, headers: { "if-none-match": read.headers["etag"]! } });
    expect([matched.status, matched.body.length]).toEqual([304, 0]);
    expect((await send({ method: "PUT", path, body })).status).toBe(204);
    expect((await send({ method: "DELETE", path })).status).toBe(204);
    expect((await send({ method: "GET", path })).status).toBe(404);
  });

  test("an empty value, and a key in several spellings", async () => {
    expect((await send({ method: "PUT", path: `${path}/%C3%A9`, body: new Uint8Array(0) })).status).toBe(201);
    const read = await send({ method: "GET", path: `${path}/x/../%c3%a9` });
    expect([read.status, read.body.length]).toEqual([200, 0]);
    for (const [spelling, code] of [
      ["%ff", "key_bad_utf8"],
      ["%00", "key_control_character"],
      ["..%2f..", "key_ambiguous"],
      ["%zz", "key_bad_escape"],
      ["k".repeat(513), "key_too_long"],
    ] as const) {
      for (const method of ["GET", "PUT", "DELETE"]) {
        const refused = await send({
          method,
          path: `/cache/${spelling}`,
          ...(method === "PUT" ? { body } : {}),
        });
        expect([method, refused.status, codeOf(refused)]).toEqual([method, 400, code]);
      }
    }
  });

  test("refusals are problems", async () => {
    const wrong = await send({ method: "GET", path, headers: { "x-api-key": "wrong" } });
    expect([wrong.status, wrong.headers["www-authenticate"]]).toEqual([401, "Bearer"]);
    const large = await send({
      method: "PUT",
      path: `${path}-large`,
      body: new Uint8Array(VALUE_BYTES_MAX + 1),
    });
    expect([large.status, codeOf(large)]).toEqual([413, "value_too_large"]);
    expect(large.headers["content-type"]).toBe("application/problem+json");
    expect((await send({ method: "GET", path: `${path}-large` })).status).toBe(404);
    expect((await send({ method: "PATCH", path, body })).status).toBe(405);
    expect((await send({ method: "GET", path: "/nowhere" })).status).toBe(404);
  });

  test("the largest value goes both ways", async () => {
    const largest = crypto.getRandomValues(new Uint8Array(VALUE_BYTES_MAX));
    expect((await send({ method: "PUT", path, body: largest })).status).toBe(201);
    expect(Buffer.compare((await send({ method: "GET", path })).body, largest)).toBe(0);
  });
});

test("HTTP/2: an upload that is reset stores nothing, and the connection goes on", async () => {
  await overHttp2({ method: "GET", path: "/health/live" });
  const headers = {
    ":method": "PUT",
    ":path": "/cache/reset",
    "x-api-key": server.key,
    "content-length": "100",
  };
  const stream = session!.request(headers);
  stream.on("error", () => {});
  stream.write("abc");
  await nextTurn();
  stream.close(constants.NGHTTP2_CANCEL);
  expect((await overHttp2({ method: "GET", path: "/cache/reset" })).status).toBe(404);
});

test("HTTP/2: a tag has the same bytes as in HTTP/1.1", async () => {
  const tag = Buffer.from("é").toString("latin1");
  const put = await overHttp2({
    method: "PUT",
    path: "/cache/h2-tag",
    body: Buffer.from("x"),
    headers: { "cache-tag": tag },
  });
  expect(put.status).toBe(201);
  const json = Buffer.from(JSON.stringify({ tags: ["é"] }));
  const invalidated = await overHttp2({ method: "POST", path: "/invalidate", body: json });
  expect(invalidated.body.toString()).toBe('{"invalidated":1}');
});
