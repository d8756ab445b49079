// Reads a partition's clock on Redis, and moves it to another epoch when another run of Redis has it.

import type { ClockReading } from "../coherence/bus.ts";
import type { RedisConnection } from "./connection.ts";
import type { RedisNames } from "./names.ts";
import { REDIS_SCRIPTS } from "./scripts.ts";

/** Reads the clock on a new connection and, where another run of Redis left it, begins another epoch. */
export async function adopt(connection: RedisConnection, names: RedisNames): Promise<void> {
  await connection.script(
    REDIS_SCRIPTS.adopt,
    [names.clock, names.never],
    [crypto.randomUUID(), connection.runId, names.publish, names.channel],
  );
}

/** Reads the clock, if this is a primary. */
export async function tick(connection: RedisConnection, names: RedisNames): Promise<ClockReading> {
  const reply = await connection.script(
    REDIS_SCRIPTS.tick,
    [names.clock, names.never],
    [crypto.randomUUID(), connection.runId],
  );
  const [epoch, n, timeMs, marks] = reply as readonly unknown[];
  return { epoch: String(epoch), n: Number(n), timeMs: Number(timeMs), marks: Number(marks) };
}
