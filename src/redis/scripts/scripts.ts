// The scripts that L2's operations are on Redis: each one atomic, none of them unbounded.

import { FORGET, MARK, PURGE, SWEEP } from "./marks.ts";
import { READ, WALK } from "./read.ts";
import { script } from "./script.ts";
import { ADOPT, TICK } from "./sequence.ts";
import { RELEASE, REMOVE, SET, STEP, VARIANTS } from "./write.ts";

export const REDIS_SCRIPTS = {
  read: script(READ),
  walk: script(WALK),
  set: script(SET),
  remove: script(REMOVE),
  step: script(STEP),
  variants: script(VARIANTS),
  release: script(RELEASE),
  mark: script(MARK),
  sweep: script(SWEEP),
  purge: script(PURGE),
  forget: script(FORGET),
  tick: script(TICK),
  adopt: script(ADOPT),
} as const;
