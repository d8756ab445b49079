// The WebSocket lane beside our own HTTP in one run: GETs of 1 KiB a second, and the server's CPU for each.
//
// bun bench/websocket.ts [--rounds 3] [--seconds 1.5]: server pinned to core 0; the load, bare sockets that look at
// no more than the length of an answer, to core 1. One request in flight on each connection.

import { parseArgs } from "node:util";
import { pinned, startChild } from "./load/child.ts";
import { machine } from "./load/machine.ts";
import { cpuSeconds } from "./load/process-figures.ts";
import { encodeRequest } from "../src/websocket/client/frames.ts";
import { GET } from "../src/websocket/frames.ts";

const SECRET = "bench-secret";
const CONNECTIONS = 16;
const KEYS = 1_000;
const VALUE_BYTES = 1_024;
const LANES = ["http", "websocket"] as const;
type Lane = (typeof LANES)[number];

const keyOf = (i: number) => `key:${String(i % KEYS).padStart(8, "0")}`;

function requestOf(lane: Lane, i: number): Uint8Array {
  if (lane === "http") {
    return Buffer.from(`GET /cache/${keyOf(i)} HTTP/1.1\r\nHost: bench\r\nx-api-key: ${SECRET}\r\n\r\n`);
  }
  const frame = encodeRequest({ operation: GET, id: i, key: keyOf(i) });
  // A client's frames are masked (RFC 6455 §5.3); a mask of zeros leaves the bytes as they are.
  return Buffer.concat([Buffer.from([0x82, 0x80 | frame.length, 0, 0, 0, 0]), frame]);
}

const UPGRADE =
  "GET /ws HTTP/1.1\r\nHost: bench\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n" +
  `Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nx-api-key: ${SECRET}\r\n\r\n`;

/** Sends requests for `seconds` over all connections; how many were answered. */
async function drive(lane: Lane, port: number, seconds: number): Promise<number> {
  const requests = Array.from({ length: KEYS }, (_, i) => requestOf(lane, i));
  const untilMs = performance.now() + seconds * 1_000;
  let answered = 0;
  let next = 0;
  const one = async () => {
    const finished = Promise.withResolvers<void>();
    let isUpgraded = lane === "http";
    let got = 0;
    const socket = await Bun.connect({
      hostname: "127.0.0.1",
      port,
      socket: {
        data(from, chunk) {
          got += chunk.length;
          if (isUpgraded) {
            // An answer is sent in one piece; what comes with its value is less than a value.
            if (got < VALUE_BYTES) return;
            answered += 1;
          }
          isUpgraded = true;
          got = 0;
          if (performance.now() < untilMs) from.write(requests[next++ % KEYS]!);
          else finished.resolve();
        },
      },
    });
    socket.write(lane === "websocket" ? UPGRADE : requests[next++ % KEYS]!);
    await finished.promise;
    socket.end();
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, one));
  return answered;
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { rounds: { type: "string" }, seconds: { type: "string" } },
});
const seconds = Number(values.seconds ?? 1.5);

async function compare(): Promise<void> {
  const server = await startChild({
    command: [process.execPath, `${import.meta.dir}/../src/main.ts`],
    cpu: 0,
    env: { CACHEE_PORT: "0", CACHEE_API_KEYS: `default:read+write+admin=${SECRET}`, CACHEE_LOG: "error" },
    ready: /^listening on (\S+)$/m,
  });
  try {
    const url = server.match[1]!;
    for (let i = 0; i < KEYS; i++) {
      const body = crypto.getRandomValues(new Uint8Array(VALUE_BYTES));
      await fetch(`${url}/cache/${keyOf(i)}`, { method: "PUT", headers: { "x-api-key": SECRET }, body });
    }
    const { cpu, bun, commit } = machine();
    process.stdout.write(`${cpu}, Bun ${bun}, commit ${commit}, ${CONNECTIONS} connections\n`);
    for (let round = 0; round < Number(values.rounds ?? 3); round++) {
      const cost = new Map<Lane, number>();
      for (const lane of round % 2 === 0 ? LANES : LANES.toReversed()) {
        const command = [process.execPath, import.meta.path, "drive", lane, new URL(url).port];
        const run = async () =>
          Number(
            await Bun.spawn(pinned([...command, "--seconds", String(seconds)], 1), {
              stdout: "pipe",
            }).stdout.text(),
          );
        if (round === 0) await run();
        const before = cpuSeconds(server.pid);
        const answered = await run();
        cost.set(lane, ((cpuSeconds(server.pid) - before) / answered) * 1e6);
        const rate = Math.round(answered / seconds).toLocaleString("en");
        process.stdout.write(
          `${lane.padEnd(10)} ${rate.padStart(8)}/s ${cost.get(lane)!.toFixed(2).padStart(7)} µs CPU\n`,
        );
      }
      process.stdout.write(`           ${(cost.get("websocket")! / cost.get("http")!).toFixed(2)} of HTTP\n`);
    }
  } finally {
    await server.stop();
  }
}

if (positionals[0] === "drive") {
  process.stdout.write(String(await drive(positionals[1] as Lane, Number(positionals[2]), seconds)));
} else {
  await compare();
}
