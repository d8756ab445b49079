// The lanes over TLS, and over a port that several workers share.

import { expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createClient } from "redis";
import { NearCacheClient } from "../../src/websocket/client/near-cache.ts";
import { freePort } from "../support/redis.ts";
import { RespConnection } from "../support/resp-connection.ts";
import { startRespServer } from "../support/resp-server.ts";

test("RESP and WebSocket with the certificate of HTTPS, large values included", async () => {
  const directory = await mkdtemp(join(tmpdir(), "cachee-tls-"));
  const [cert, key] = [join(directory, "cert.pem"), join(directory, "key.pem")];
  await Bun.$`openssl req -x509 -newkey rsa:2048 -nodes -days 1 -keyout ${key} -out ${cert} -subj /CN=localhost`.quiet();
  const server = await startRespServer({ CACHEE_TLS_CERT: cert, CACHEE_TLS_KEY: key });
  try {
    const client = createClient({
      password: server.key,
      socket: { host: "127.0.0.1", port: server.respPort, tls: true, rejectUnauthorized: false },
    });
    client.on("error", () => {});
    await client.connect();
    const large = "x".repeat(3_000_000);
    expect(await client.set("large", large)).toBe("OK");
    const read = await Promise.all([client.get("large"), client.get("large"), client.ping()]);
    expect(read.map((reply) => reply?.length)).toEqual([large.length, large.length, 4]);
    await client.close();
    const socket = new WebSocket(`${server.url.replace("https", "wss")}/ws`, {
      headers: { "x-api-key": server.key },
      tls: { rejectUnauthorized: false },
    });
    const lane = new NearCacheClient(socket);
    await new Promise<void>((resolve) => socket.addEventListener("open", () => resolve()));
    expect((await lane.get("large"))?.value.length).toBe(large.length);
    lane.close();
  } finally {
    await server.stop();
    await rm(directory, { recursive: true, force: true });
  }
});

test("workers share the RESP port, and are one cache", async () => {
  const port = await freePort();
  const server = await startRespServer({ CACHEE_WORKERS: "2", CACHEE_RESP_PORT: String(port) });
  try {
    const clients = await Promise.all(
      Array.from({ length: 8 }, () => RespConnection.open(server.respPort, server.key)),
    );
    for (const client of clients) expect(await client.ask("INCR", "n")).toStartWith(":");
    expect(await clients[0]!.ask("GET", "n")).toBe("$1\r\n8\r\n");
    for (const client of clients) client.close();
  } finally {
    await server.stop();
  }
});
