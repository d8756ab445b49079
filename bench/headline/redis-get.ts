// GETs of Redis by node-redis, one after another, as a client times them: over loopback, and with a way that takes longer.

import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { createClient } from "redis";
import { VALUE } from "../load/value.ts";

const WARM_UP = 2_000;

/** p50 and p99 in µs of `requests` GETs; each chunk to Redis and back waits `delayUs`. */
export async function redisGets(
  port: number,
  requests: number,
  delayUs: number,
): Promise<{ readonly p50Us: number; readonly p99Us: number }> {
  const proxy = delayUs === 0 ? undefined : await startDelay(port, delayUs);
  const client = createClient({ socket: { host: "127.0.0.1", port: proxy?.port ?? port } });
  try {
    await client.connect();
    await client.set("headline", Buffer.from(VALUE));
    const times = new Float64Array(requests);
    for (let i = -WARM_UP; i < requests; i++) {
      const startNs = Bun.nanoseconds();
      await client.get("headline");
      if (i >= 0) times[i] = Bun.nanoseconds() - startNs;
    }
    times.sort();
    const at = (share: number) => times[Math.floor(share * (requests - 1))]! / 1_000;
    return { p50Us: at(0.5), p99Us: at(0.99) };
  } finally {
    client.destroy();
    await proxy?.stop();
  }
}

/** Timers are too coarse for parts of a millisecond: the loop is asked again and again whether it is time. */
function after(delayUs: number, what: () => void): void {
  const dueNs = Bun.nanoseconds() + delayUs * 1_000;
  const look = () => {
    if (Bun.nanoseconds() >= dueNs) what();
    else setImmediate(look);
  };
  look();
}

async function startDelay(port: number, delayUs: number) {
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(port, "127.0.0.1");
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.setNoDelay(true);
      from.on("data", (chunk) => after(delayUs, () => to.write(chunk)));
      from.on("close", () => to.destroy());
      from.on("error", () => to.destroy());
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    async stop(): Promise<void> {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
