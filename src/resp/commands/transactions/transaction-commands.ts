// MULTI, EXEC, DISCARD, WATCH, UNWATCH: commands that run together, or not at all.
//
// Without L2 they run in one step. With one they run one after another, and other clients' may come between them; a
// key that was watched is written only over the version that it had.

import type { ApiKey } from "../../../auth/api-key.ts";
import { after, type MaybePromise } from "../../../base/maybe-promise.ts";
import type { Version } from "../../../record/version.ts";
import { NOT_AVAILABLE } from "../../wire/refusal.ts";
import { auditCommand, auditedAuthor } from "../audit-command.ts";
import type { Call } from "../call.ts";
import { runNotified } from "../pubsub/run-notified.ts";
import { servicesWith } from "../services.ts";
import type { Command } from "../command.ts";
import { execAsStep, isStep } from "./exec-step.ts";
import { GuardedStore } from "./guarded-store.ts";
import { isSameVersion } from "./same-version.ts";
import type { Queued } from "./transaction.ts";

const OVERTAKEN =
  "EXECABORT a watched key was written by another client while the transaction ran; part of it was done";

function runMulti(call: Call): void {
  const { transaction } = call.connection;
  if (transaction.isOpen) return call.fail("ERR MULTI calls can not be nested");
  transaction.isOpen = true;
  call.out.ok();
}

function runDiscard(call: Call): void {
  const { transaction } = call.connection;
  if (!transaction.isOpen) return call.fail("ERR DISCARD without MULTI");
  transaction.end();
  call.out.ok();
}

function runUnwatch(call: Call): void {
  call.connection.transaction.watched.clear();
  call.out.ok();
}

function runWatch(call: Call): MaybePromise<void> {
  const { transaction } = call.connection;
  if (transaction.isOpen) return call.fail("ERR WATCH inside MULTI is not allowed");
  const keys = call.keys.filter((key) => !transaction.watched.has(key));
  return after(versionsOf(call, keys), (versions) => {
    if (versions === undefined) return call.fail(NOT_AVAILABLE.text);
    for (const [i, key] of keys.entries()) transaction.watched.set(key, versions[i]);
    call.out.ok();
  });
}

/** The version of each key, or that there is no entry; nothing when the store cannot say. */
function versionsOf(call: Call, keys: readonly string[]): MaybePromise<(Version | undefined)[] | undefined> {
  const { store, options } = call.services;
  const nowMs = options.clock.nowMs();
  const reads = keys.map((key) =>
    after(store.read(key, nowMs), (result) => {
      if (result.kind === "found") return { version: result.version };
      return result.kind === "miss" ? { version: undefined } : undefined;
    }),
  );
  const gathered = (results: readonly ({ version: Version | undefined } | undefined)[]) =>
    results.includes(undefined) ? undefined : results.map((result) => result!.version);
  if (!reads.some((read) => read instanceof Promise)) {
    return gathered(reads as { version: Version | undefined }[]);
  }
  return Promise.all(reads).then(gathered);
}

/** Finds a command by its name in the table. */
type Find = (name: string) => Command;

function runExec(find: Find, call: Call): MaybePromise<void> {
  const { transaction } = call.connection;
  if (!transaction.isOpen) return call.fail("ERR EXEC without MULTI");
  const { isFailed, queued } = transaction;
  const watched = new Map(transaction.watched);
  transaction.end();
  if (isFailed) return call.fail("EXECABORT Transaction discarded because of previous errors.");
  if (!call.services.store.isEmbedded && isStep(queued, find)) {
    return after(execAsStep({ call, queued, watched, find }), (isDone) =>
      isDone ? undefined : execInOrder(find, call, queued, watched),
    );
  }
  return execInOrder(find, call, queued, watched);
}

/** Runs the commands on the store as it is: one step where nobody else has a turn meanwhile. */
function execInOrder(
  find: Find,
  call: Call,
  queued: readonly Queued[],
  watched: ReadonlyMap<string, Version | undefined>,
): MaybePromise<void> {
  const keys = [...watched.keys()];
  return after(versionsOf(call, keys), (versions) => {
    if (versions === undefined) return call.fail(NOT_AVAILABLE.text);
    if (keys.some((key, i) => !isSameVersion(watched.get(key), versions[i]))) return call.out.nilArray();
    const guarded = watched.size === 0 ? undefined : new GuardedStore(call.services.store, watched);
    const before = call.out.length;
    call.out.array(queued.length);
    return after(runFrom(find, call, queued, guarded), () => {
      if (guarded?.isOvertaken !== true || call.out.length < before) return;
      call.out.length = before;
      if (guarded.hasWritten) call.fail(OVERTAKEN);
      else call.out.nilArray();
    });
  });
}

/** Runs the commands of `queued` in order; at once as long as each of them is done at once. */
function runFrom(
  find: Find,
  call: Call,
  queued: readonly Queued[],
  guarded: GuardedStore | undefined,
): MaybePromise<void> {
  const services = guarded === undefined ? call.services : servicesWith(call.services, guarded.store);
  for (let i = 0; i < queued.length; i++) {
    if (guarded?.isOvertaken === true) break;
    const { name, args, keys } = queued[i]!;
    const inner = call.within(services, args, keys);
    const counts = services.commands.get(name)!;
    counts.calls += 1;
    inner.counts = counts;
    const command = find(name);
    const author = auditedAuthor(inner, command);
    const { clock } = services.options;
    const beganNs = clock.nowNs();
    const later = runNotified(inner, command);
    if (later !== undefined) {
      return later.then(() => {
        services.monitoring.done(inner, clock.nowNs() - beganNs);
        auditPart(inner, command, author, guarded);
        return runFrom(find, call, queued.slice(i + 1), guarded);
      });
    }
    services.monitoring.done(inner, clock.nowNs() - beganNs);
    auditPart(inner, command, author, guarded);
  }
  return undefined;
}

/** A command that came upon a key that another client wrote meanwhile has done nothing. */
function auditPart(
  call: Call,
  command: Command,
  author: ApiKey | undefined,
  guarded: GuardedStore | undefined,
): void {
  if (author === undefined) return;
  if (guarded?.isOvertaken === true) call.refusal ??= "precondition_failed";
  auditCommand(call, command, author);
}

const row = (name: string, summary: string, run: Command["run"]): Command => ({
  name,
  arity: 1,
  right: "key",
  summary,
  run,
});

export const transactionCommands = (find: Find): readonly Command[] => [
  row("multi", "Queues the commands that follow.", runMulti),
  row("exec", "Runs the queued commands.", (call) => runExec(find, call)),
  row("discard", "Forgets the queued commands.", runDiscard),
  row("unwatch", "Forgets the watched keys.", runUnwatch),
  {
    name: "watch",
    arity: -2,
    right: "read",
    keys: [1, -1, 1],
    summary: "Lets EXEC run only if the keys have not changed.",
    run: runWatch,
  },
];
