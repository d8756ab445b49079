// SIGHUP: another certificate is presented to new connections, on every port; one that is wrong changes nothing.

import { afterAll, afterEach, describe, expect, test } from "bun:test";
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "node:tls";
import { startServer, type RunningServer } from "../support/server.ts";
import { until } from "../support/until.ts";

const folder = mkdtempSync(join(tmpdir(), "cachee-reload-"));
const cert = join(folder, "cert.pem");
const key = join(folder, "key.pem");
let server: RunningServer | undefined;

afterEach(async () => void (await server?.stop()));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const pathOf = (name: string) => join(folder, name);

async function make(name: string): Promise<void> {
  await Bun.$`openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=${name} -keyout ${pathOf(`${name}-key.pem`)} -out ${pathOf(`${name}.pem`)}`.quiet();
}
await Promise.all([make("one"), make("two")]);

function use(name: string): void {
  copyFileSync(pathOf(`${name}.pem`), cert);
  copyFileSync(pathOf(`${name}-key.pem`), key);
}

/** The name in the certificate that `port` presents. */
function presented(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: "127.0.0.1", rejectUnauthorized: false }, () => {
      resolve(String(socket.getPeerCertificate().subject.CN));
      socket.destroy();
    });
    socket.on("error", reject);
  });
}

/** What several connections to `port` are presented with: of several workers each may get some. */
async function allPresented(port: number): Promise<readonly string[]> {
  const names = await Promise.all(Array.from({ length: 12 }, () => presented(port)));
  return [...new Set(names)];
}

describe.each(["1", "2"])("with %s workers", (workers) => {
  test("a certificate is exchanged on SIGHUP, for HTTPS and RESP, and a wrong one is not", async () => {
    use("one");
    server = await startServer({
      CACHEE_TLS_CERT: cert,
      CACHEE_TLS_KEY: key,
      CACHEE_RESP_PORT: "0",
      CACHEE_WORKERS: workers,
      CACHEE_L1_BYTES_MAX: "64mb",
    });
    await until(() => server!.stdout().includes("Redis clients"));
    const respPort = Number(/Redis clients on port (\d+)/.exec(server.stdout())![1]);
    const ports = [server.port, respPort];
    for (const port of ports) expect(await allPresented(port)).toEqual(["one"]);

    use("two");
    process.kill(server.pid, "SIGHUP");
    for (const port of ports) {
      await until(async () => (await allPresented(port).catch(() => [])).join() === "two");
    }

    writeFileSync(cert, "nonsense");
    process.kill(server.pid, "SIGHUP");
    await until(() => server!.stderr().includes("certificate_not_reloaded"));
    for (const port of ports) expect(await allPresented(port)).toEqual(["two"]);

    const url = `${server.url}/health/live`;
    expect((await fetch(url, { tls: { rejectUnauthorized: false } })).status).toBe(200);
    expect(await server.stop()).toBe(0);
  });
});

test("a second server is kept from the port of one with HTTPS", async () => {
  use("one");
  const files = { CACHEE_TLS_CERT: cert, CACHEE_TLS_KEY: key };
  server = await startServer(files);
  const other = startServer({ ...files, CACHEE_PORT: String(server.port) });
  await expect(other).rejects.toThrow(`CACHEE_PORT: 127.0.0.1:${server.port} is in use`);
});
