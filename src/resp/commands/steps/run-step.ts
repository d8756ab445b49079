// Runs what reads and writes several keys as one step: over a view of the store, which then replaces what it had read.
//
// It is run again from the start where it asked for an entry that has to be waited for, and where others wrote meanwhile
// what it had read.

import { STEP_ATTEMPTS_MAX } from "../../../base/limits/steps.ts";
import { after, type MaybePromise } from "../../../base/maybe-promise.ts";
import type { Version } from "../../../record/version.ts";
import type { StepResult } from "../../../store/store.ts";
import { NOT_AVAILABLE, OVERTAKEN, Refusal, TOO_LARGE } from "../../wire/refusal.ts";
import type { Services } from "../services.ts";
import { StepView } from "./step-view.ts";

export interface StepTask<T> {
  readonly services: Services;
  /** Asked for before it begins. Those of one instance with the same first key take turns. */
  readonly keys: readonly string[];
  /** Does it to `view`, which nobody else has; may be called several times. A Refusal: nothing is written. */
  readonly run: (view: StepView) => MaybePromise<T | Refusal>;
}

/** Times that a run may ask for entries which it has to wait for. */
const WAITS_MAX = 100;
const PAUSE_MS_MAX = 8;
const TOO_MANY_WAITS = new Refusal(
  `ERR the script asks for keys that it has not named, more than ${WAITS_MAX} times`,
);
/** The store has no single step for these keys. */
export const APART = new Refusal(
  "CROSSSLOT the keys lie in different partitions of the shared cache, or are too many, and are no single step there",
);
const NO_VERSIONS: ReadonlyMap<string, Version> = new Map();

/** How often the step was begun, and how often this time it has waited. */
interface Attempt {
  readonly number: number;
  readonly waits: number;
}

export function runStep<T>(task: StepTask<T>): MaybePromise<T | Refusal> {
  const { services, keys } = task;
  const { store, turns } = services;
  const [key] = keys;
  const begin = () => beginStep(task, { number: 1, waits: 0 }, NO_VERSIONS);
  if (store.isEmbedded || key === undefined) return begin();
  const before = turns.get(key);
  const result = before === undefined ? begin() : before.then(begin);
  if (!(result instanceof Promise)) return result;
  const settled = Promise.allSettled([result]).then(() => {
    if (turns.get(key) === settled) turns.delete(key);
    return undefined;
  });
  turns.set(key, settled);
  return result;
}

/** `stale`: versions that lost to others. */
function beginStep<T>(
  task: StepTask<T>,
  attempt: Attempt,
  stale: ReadonlyMap<string, Version>,
): MaybePromise<T | Refusal> {
  const { store, options } = task.services;
  const view = new StepView(store, options.clock, stale);
  if (!store.isEmbedded) view.prefetch(task.keys);
  return view.isWaiting ? waitAndRun(task, attempt, view) : runOnce(task, attempt, view);
}

async function waitAndRun<T>(
  task: StepTask<T>,
  { number, waits }: Attempt,
  view: StepView,
): Promise<T | Refusal> {
  if (waits >= WAITS_MAX) return TOO_MANY_WAITS;
  const next = await view.next();
  return next === undefined ? NOT_AVAILABLE : runOnce(task, { number, waits: waits + 1 }, next);
}

function runOnce<T>(task: StepTask<T>, attempt: Attempt, view: StepView): MaybePromise<T | Refusal> {
  return after(task.run(view), (result): MaybePromise<T | Refusal> => {
    if (view.isWaiting) return waitAndRun(task, attempt, view);
    if (result instanceof Refusal) return result;
    const { step } = view;
    if (step.written.size === 0) return result;
    return after(task.services.store.commit(step), (outcome): MaybePromise<T | Refusal> => {
      if (outcome.kind === "failed_condition") return again(task, attempt.number, view);
      if (outcome.kind !== "done") return refusalOf(outcome);
      const { options } = task.services;
      for (const event of view.events) options.keyspaceEvents.tell(event, options);
      return result;
    });
  });
}

async function again<T>(task: StepTask<T>, number: number, view: StepView): Promise<T | Refusal> {
  if (number >= STEP_ATTEMPTS_MAX) return OVERTAKEN;
  await Bun.sleep(Math.random() * Math.min(number, PAUSE_MS_MAX));
  const stale = new Map<string, Version>();
  for (const [key, version] of view.step.read) if (version !== undefined) stale.set(key, version);
  return beginStep(task, { number: number + 1, waits: 0 }, stale);
}

function refusalOf({ kind }: StepResult): Refusal {
  if (kind === "too_large") return TOO_LARGE;
  return kind === "apart" ? APART : NOT_AVAILABLE;
}
