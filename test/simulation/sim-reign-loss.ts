// Has the primary be a replica for a moment once all is quiet, and lose its last change by that; whoever writes then is
// given a number that was given before.

import type { Random } from "./random.ts";
import type { Schedule } from "./schedule.ts";
import type { SimInstance } from "./sim-instance.ts";
import { valueOf } from "./sim-judge.ts";
import type { SimRedis } from "./sim-redis.ts";

/** Less than that after a change it is acknowledged and known, for nothing else fails meanwhile. */
const KNOWN_MS = 20;
/** Less than that after the loss every instance has noticed it. */
const NOTICED_MS = 700;

export interface SimReignLossOptions {
  readonly schedule: Schedule;
  readonly random: Random;
  readonly redis: SimRedis;
  readonly instances: readonly SimInstance[];
  readonly key: string;
  readonly note: (line: () => string) => void;
  readonly violate: (sentence: string) => void;
}

export function loseReign(options: SimReignLossOptions): void {
  const { schedule, random, redis, instances, note } = options;
  const first = random.pick(instances);
  const second = random.pick(instances);
  const restore = redis.primary.snapshot();
  write(first, options.key, "lost");
  schedule.after(KNOWN_MS, () => {
    note(() => "the primary has been a replica");
    redis.returnAs(restore);
    write(second, options.key, "kept");
  });
  schedule.after(2 * KNOWN_MS, () => look(options, [second]));
  schedule.after(KNOWN_MS + NOTICED_MS, () => look(options, instances));
}

function write({ store }: SimInstance, key: string, value: string): void {
  const body = new TextEncoder().encode(value);
  void store.write(key, { body, contentType: "t", cacheControl: undefined, ttlMs: undefined, tags: [] });
}

/** None of `instances` may give out what was lost. */
function look({ key, violate }: SimReignLossOptions, instances: readonly SimInstance[]): void {
  for (const [index, { store, clock }] of instances.entries()) {
    void (async () => {
      if (valueOf(await store.read(key, clock.nowMs())) === "lost")
        violate(`${key} as it was lost is read on ${index}`);
    })();
  }
}
