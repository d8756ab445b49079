// The process of an honest tenant: requests at a steady rate over HTTP and RESP. A line on its standard input is
// answered by one of JSON on standard output with what it met since the one before.

import { RespConnection } from "../../test/support/resp-connection.ts";
import { HONEST_PREFIX, HONEST_SECRET } from "./target.ts";

/** Ms between two requests of each kind. */
const HTTP_MS = 10;
const RESP_MS = 10;
const WRITE_MS = 100;
const CONNECT_MS = 250;
/** A request that takes longer has failed. */
const LATE_MS = 5_000;

const [port, respPort] = process.argv.slice(2).map(Number);
const url = `http://127.0.0.1:${port}/cache/${HONEST_PREFIX}page`;
const headers = { "x-api-key": HONEST_SECRET };
const value = "v".repeat(1_024);

let latenciesMs: number[] = [];
let failures: string[] = [];
/** Since when requests of a kind have failed without one that did not. */
const failingSinceMs = new Map<string, number>();
let failedMsMax = 0;

/** Counts from when it was due: what waits behind something slow is slow as well. */
async function measure(kind: string, dueMs: number, one: () => Promise<void>): Promise<void> {
  try {
    await one();
    latenciesMs.push(performance.now() - dueMs);
    const sinceMs = failingSinceMs.get(kind);
    if (sinceMs !== undefined) failedMsMax = Math.max(failedMsMax, performance.now() - sinceMs);
    failingSinceMs.delete(kind);
  } catch (thrown) {
    failures.push(`${kind}: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
    if (!failingSinceMs.has(kind)) failingSinceMs.set(kind, dueMs);
  }
}

function every(ms: number, kind: string, one: () => Promise<void>): void {
  setInterval(() => void measure(kind, performance.now(), one), ms);
}

async function get(): Promise<void> {
  const answer = await fetch(url, { headers, signal: AbortSignal.timeout(LATE_MS) });
  const text = await answer.text();
  if (answer.status !== 200 || text !== value) throw new Error(String(answer.status));
}

async function put(): Promise<void> {
  const answer = await fetch(url, {
    method: "PUT",
    body: value,
    headers,
    signal: AbortSignal.timeout(LATE_MS),
  });
  await answer.arrayBuffer();
  if (!answer.ok) throw new Error(String(answer.status));
}

async function openResp(): Promise<RespConnection> {
  return RespConnection.open(respPort!, HONEST_SECRET);
}

async function respGet(connection: RespConnection): Promise<void> {
  const reply = await connection.ask("GET", `${HONEST_PREFIX}page`);
  if (!reply.startsWith("$1024\r\n")) throw new Error(reply.slice(0, 60));
}

await put();
let resp = await openResp();
every(HTTP_MS, "GET", get);
every(WRITE_MS, "PUT", put);
every(RESP_MS, "RESP GET", async () => {
  if (resp.isClosed) resp = await openResp();
  await respGet(resp);
});
every(CONNECT_MS, "a new RESP connection", async () => {
  const connection = await openResp();
  await respGet(connection);
  connection.close();
});

for await (const _ of console) {
  const nowMs = performance.now();
  for (const sinceMs of failingSinceMs.values()) failedMsMax = Math.max(failedMsMax, nowMs - sinceMs);
  latenciesMs.sort((a, b) => a - b);
  const at = (share: number) =>
    latenciesMs[Math.min(latenciesMs.length - 1, Math.floor(share * latenciesMs.length))] ?? Number.NaN;
  const kinds = [...new Set(failures)].slice(0, 3);
  const met = {
    count: latenciesMs.length,
    p50Ms: at(0.5),
    p99Ms: at(0.99),
    maxMs: at(1),
    failures: failures.length,
    failedMsMax,
    kinds,
  };
  process.stdout.write(`${JSON.stringify(met)}\n`);
  latenciesMs = [];
  failures = [];
  failedMsMax = 0;
}
