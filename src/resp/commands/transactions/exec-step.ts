// EXEC as one step where others write between two operations: over a view of the store, which then replaces what was read.

import { after, type MaybePromise } from "../../../base/maybe-promise.ts";
import type { Version } from "../../../record/version.ts";
import { NOT_AVAILABLE, Refusal } from "../../wire/refusal.ts";
import { auditCommand, auditedAuthor } from "../audit-command.ts";
import type { Call } from "../call.ts";
import type { Command } from "../command.ts";
import type { KeyspaceEvent } from "../pubsub/keyspace-events.ts";
import { runNotified } from "../pubsub/run-notified.ts";
import { CapturedCall, stepServices } from "../steps/as-one-step.ts";
import { APART, runStep } from "../steps/run-step.ts";
import type { StepView } from "../steps/step-view.ts";
import { isSameVersion } from "./same-version.ts";
import type { Queued } from "./transaction.ts";

interface Transaction {
  readonly call: Call;
  readonly queued: readonly Queued[];
  readonly watched: ReadonlyMap<string, Version | undefined>;
  readonly find: (name: string) => Command;
}

/** Commands without keys that may be part of a step. PUBLISH is done behind it. */
const KEYLESS: ReadonlySet<string> = new Set(["ping", "echo", "time", "dbsize", "publish"]);
const PUBLISH = "publish";

/** Whether all that was queued is about keys that it names: what walks or removes everything is not. */
export function isStep(queued: readonly Queued[], find: Transaction["find"]): boolean {
  return queued.every(({ name }) => {
    const { keys, isPubsub } = find(name);
    return KEYLESS.has(name) || (keys !== undefined && isPubsub !== true);
  });
}

/** A command that has run, with its answer, or one that is to run behind the step. */
interface Part {
  readonly one: Queued;
  readonly done: { readonly inner: Call; readonly bytes: Buffer; readonly ns: number } | undefined;
}

/** Runs and answers the transaction; `false`: the store has no single step for its keys, and nothing was done. */
export function execAsStep(transaction: Transaction): MaybePromise<boolean> {
  const { call, queued, watched } = transaction;
  const keys = new Set([...watched.keys(), ...queued.flatMap((one) => one.keys)]);
  const later = runStep({
    services: call.services,
    keys: [...keys],
    run: (view) => runAll(transaction, view),
  });
  return after(later, (parts): MaybePromise<boolean> => {
    if (parts === APART) return false;
    if (parts instanceof Refusal) call.fail(parts.text);
    else if (parts === "watched") call.out.nilArray();
    else return answer(transaction, parts);
    return true;
  });
}

/** `watched`: a watched key is not what it was. */
async function runAll(
  { call, queued, watched, find }: Transaction,
  view: StepView,
): Promise<readonly Part[] | "watched" | Refusal> {
  const services = stepServices(call.services, view);
  for (const [key, version] of watched) {
    const present = await services.store.read(key, services.options.clock.nowMs());
    if (present.kind === "unavailable") return NOT_AVAILABLE;
    if (!isSameVersion(version, present.kind === "found" ? present.version : undefined)) return "watched";
  }
  const parts: Part[] = [];
  for (const one of queued) {
    if (one.name === PUBLISH) {
      parts.push({ one, done: undefined });
      continue;
    }
    const captured = new CapturedCall(services, call.connection, one.args);
    const inner = captured.call;
    inner.keys.push(...one.keys);
    const ns = await runTimed(inner, find(one.name), (event) => view.events.push(event));
    parts.push({ one, done: { inner, bytes: captured.bytes(), ns } });
  }
  return parts;
}

/** How long it took, ns. */
async function runTimed(
  inner: Call,
  command: Command,
  tell?: (event: KeyspaceEvent) => void,
): Promise<number> {
  const { commands, options } = inner.services;
  const { clock } = options;
  inner.counts = commands.get(command.name);
  inner.nowMs = clock.nowMs();
  const beganNs = clock.nowNs();
  await runNotified(inner, command, tell);
  return clock.nowNs() - beganNs;
}

async function answer({ call, find }: Transaction, parts: readonly Part[]): Promise<boolean> {
  const { services, out } = call;
  out.array(parts.length);
  for (const { one, done } of parts) {
    const command = find(one.name);
    const inner = done?.inner ?? call.within(services, one.args, one.keys);
    services.commands.get(one.name)!.calls += 1;
    const author = auditedAuthor(inner, command);
    const ns = done?.ns ?? (await runTimed(inner, command));
    if (done !== undefined) out.bytes(done.bytes, 0, done.bytes.length);
    services.monitoring.done(inner, ns);
    if (author !== undefined) auditCommand(inner, command, author);
  }
  return true;
}
