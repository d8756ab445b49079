// A partition's sequence on Redis: reads where it stands, and moves it to another epoch when another run of Redis has it.

import type { SequenceReading } from "../coherence/bus.ts";
import type { RedisConnection } from "./connection.ts";
import type { RedisNames } from "./names.ts";
import { countOf, readingOf } from "./replies.ts";
import { REDIS_SCRIPTS } from "./scripts/scripts.ts";

/** To be called on every new connection before it is used: where another run of Redis left the sequence, a new epoch
 *  begins. Rejects on a replica. */
export async function adoptSequence(connection: RedisConnection, names: RedisNames): Promise<void> {
  const { sequence, never, publish, channel } = names;
  await connection.script(REDIS_SCRIPTS.adopt, [sequence, never], [crypto.randomUUID(), publish, channel]);
}

/** Reads the sequence, if this is a primary; rejects on a replica. */
export async function readSequence(connection: RedisConnection, names: RedisNames): Promise<SequenceReading> {
  const keys = [names.sequence, names.never];
  const reply = await connection.script(REDIS_SCRIPTS.tick, keys, [crypto.randomUUID()]);
  return { ...readingOf(reply, 1), marks: countOf(reply[4]) };
}
