// Loses something in one partition once all is quiet, and sees that L1 forgets what it has of that one and of no other.

import { partitionOf } from "../../src/coherence/partition-of.ts";
import type { Random } from "./random.ts";
import type { Schedule } from "./schedule.ts";
import type { SimInstance } from "./sim-instance.ts";
import type { SimRedis } from "./sim-redis.ts";

/** Less than that after a loss every instance has noticed it, for nothing else fails meanwhile. */
const NOTICED_MS = 700;

export interface SimPartitionLossOptions {
  readonly schedule: Schedule;
  readonly random: Random;
  readonly redis: SimRedis;
  readonly instances: readonly SimInstance[];
  readonly partitions: number;
  readonly keys: readonly string[];
  readonly note: (line: () => string) => void;
  readonly violate: (sentence: string) => void;
}

/** A key that an instance served from L1 before the loss. */
interface Held {
  readonly index: number;
  readonly key: string;
}

/** Loses something in one partition now, and looks at L1 when that was noticed. */
export function losePartition(options: SimPartitionLossOptions): void {
  const { schedule, random, redis, instances, partitions, keys, note, violate } = options;
  const lost = Math.floor(random.next() * partitions);
  const kinds: readonly (readonly [string, () => void])[] = [
    ["a change that nobody heard of", () => redis.primary.skipNumber(lost)],
    ["the sequence", () => redis.primary.memory(lost).clear()],
    ["the bus", () => instances.forEach((instance) => instance.cutBus(lost))],
  ];
  const [name, lose] = random.pick(kinds);
  const held: Held[] = [];
  for (const [index, instance] of instances.entries()) {
    for (const key of keys) if (serves(instance, key, NOTICED_MS)) held.push({ index, key });
  }
  note(() => `partition ${lost} loses ${name}`);
  lose();
  schedule.after(NOTICED_MS, () => {
    for (const { index, key } of held) {
      const isLost = partitionOf(key, partitions) === lost;
      if (serves(instances[index]!, key, 0) !== isLost) continue;
      const told = `${key} on ${index} when partition ${lost} had lost ${name}`;
      violate(isLost ? `L1 kept ${told}` : `L1 forgot ${told}`);
    }
  });
}

/** Whether L1 serves `key` as fresh, with something that does not expire within `ms`. */
function serves({ store, clock }: SimInstance, key: string, ms: number): boolean {
  const nowMs = clock.nowMs();
  const shard = store.shards[partitionOf(key, store.shards.length)]!;
  if (nowMs >= shard.partition.freshUntilMs) return false;
  const entry = store.engine.peek(key, nowMs);
  return entry !== undefined && entry.expiresAtMs > nowMs + ms;
}
