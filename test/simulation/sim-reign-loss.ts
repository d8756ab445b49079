// Has the primary be a replica for a moment once all is quiet, and lose its last change by that; whoever writes then is
// given a number that was given before.

import type { Condition } from "../../src/store/store.ts";
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
  const isReplaced = random.chance(0.5);
  const restore = redis.primary.snapshot();
  void write(first.store, options.key, "lost");
  schedule.after(KNOWN_MS, () => {
    note(() => "the primary has been a replica");
    redis.returnAs(restore);
    void write(second.store, options.key, "kept");
  });
  schedule.after(2 * KNOWN_MS, () => {
    look(options, [second]);
    if (isReplaced) void replace(options, first);
  });
  schedule.after(KNOWN_MS + NOTICED_MS, () => look(options, instances));
}

function write(store: SimInstance["store"], key: string, value: string, condition?: Condition) {
  const body = new TextEncoder().encode(value);
  const draft = { body, contentType: "t", cacheControl: undefined, ttlMs: undefined, tags: [] };
  return store.write(key, draft, condition);
}

/** An instance that still holds what was lost replaces nothing else with a value that rests on it. */
async function replace(
  { key, violate, note }: SimReignLossOptions,
  { store, clock }: SimInstance,
): Promise<void> {
  const read = await store.read(key, clock.nowMs());
  if (valueOf(read) !== "lost" || read.kind !== "found") return;
  const { kind } = await write(store, key, "more", { kind: "version", version: read.version });
  note(() => `what rests on a lost value: ${kind}`);
  if (kind === "written") violate(`${key} was replaced by what rests on a value that was lost`);
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
