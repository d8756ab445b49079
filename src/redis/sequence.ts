// A partition's sequence on Redis: reads where it stands, and moves it to another epoch when another run of Redis has it.

import type { SequenceReading } from "../coherence/bus.ts";
import type { RedisConnection } from "./connection.ts";
import type { RedisNames } from "./names.ts";
import { REDIS_SCRIPTS } from "./scripts.ts";

/** To be called on every new connection before it is used: where another run of Redis left the sequence, a new epoch
 *  begins. Rejects on a replica. */
export async function adoptSequence(connection: RedisConnection, names: RedisNames): Promise<void> {
  await connection.script(
    REDIS_SCRIPTS.adopt,
    [names.clock, names.never],
    [crypto.randomUUID(), connection.runId, names.publish, names.channel],
  );
}

/** Reads the sequence, if this is a primary; rejects on a replica. */
export async function readSequence(connection: RedisConnection, names: RedisNames): Promise<SequenceReading> {
  const reply = await connection.script(
    REDIS_SCRIPTS.tick,
    [names.clock, names.never],
    [crypto.randomUUID(), connection.runId],
  );
  const [epoch, n, timeMs, marks] = reply as readonly unknown[];
  return { epoch: String(epoch), n: Number(n), timeMs: Number(timeMs), marks: Number(marks) };
}
