// What Redis takes for the same strings: starts a server on a free port, fills it, asks it, and ends it.
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { createClient } from "redis";

export interface RedisBytes {
  /** By its own account, beyond an empty server. */
  readonly used: number;
  readonly resident: number;
}

const BATCH = 10_000;
const TRIES = 100;
const RETRY_MS = 50;

export async function redisBytes(
  entries: number,
  keyOf: (number: number) => string,
  valueBytes: number,
): Promise<RedisBytes> {
  const port = await freePort();
  const server = Bun.spawn(["redis-server", "--port", String(port), "--save", "", "--appendonly", "no"], {
    stdout: "ignore",
    stderr: "ignore",
  });
  const client = createClient({
    socket: { port, reconnectStrategy: (tries) => (tries < TRIES ? RETRY_MS : false) },
  });
  client.on("error", () => undefined);
  try {
    await client.connect();
    const before = await measure(client);
    const value = "v".repeat(valueBytes);
    for (let i = 0; i < entries; i += BATCH) {
      await Promise.all(Array.from({ length: BATCH }, (_, j) => client.set(keyOf(i + j), value)));
    }
    const after = await measure(client);
    return { used: after.used - before.used, resident: after.resident - before.resident };
  } finally {
    client.destroy();
    server.kill();
    await server.exited;
  }
}

async function measure(client: { info(section: string): Promise<string> }): Promise<RedisBytes> {
  const info = await client.info("memory");
  const field = (name: string): number => Number(new RegExp(`^${name}:(\\d+)`, "m").exec(info)?.[1]);
  return { used: field("used_memory"), resident: field("used_memory_rss") };
}

function freePort(): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>();
  const probe = createServer().listen(0, () => {
    const { port } = probe.address() as AddressInfo;
    probe.close(() => resolve(port));
  });
  return promise;
}
