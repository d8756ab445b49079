// Runs one command: at once where L1 can answer it, else by way of the command table. Hot.

import { isOperator } from "../../base/audit.ts";
import { loopWork } from "../../base/loop/loop-work.ts";
import { after, type MaybePromise } from "../../base/maybe-promise.ts";
import { auditCommand, auditedAuthor } from "../commands/audit-command.ts";
import type { Call } from "../commands/call.ts";
import type { Command } from "../commands/command.ts";
import type { CommandShape } from "../commands/command-shape.ts";
import { keyCount } from "../commands/key-count.ts";
import { runNotified } from "../commands/pubsub/run-notified.ts";
import { answerGet } from "../fast/gets.ts";
import { mgetPlain } from "../fast/plain-mget.ts";
import { setPlain } from "../fast/plain-set.ts";
import type { RespLane } from "../lane.ts";
import { packName } from "../wire/arguments.ts";
import { OVERLOADED } from "../wire/refusal.ts";
import { checkCommand } from "./check-command.ts";
import { hasArity } from "./may-run.ts";
import { KEYS_AT_ONCE, runInParts } from "./run-in-parts.ts";

const GET = packName("get");
const SET = packName("set");
const MGET = packName("mget");

/** Runs the command in `call.args`, which has at least a name; its answer is there when this, or its promise, is done. */
export function execute(lane: RespLane, call: Call): MaybePromise<void> {
  const { args, tracking } = call;
  const packed = args.packedName();
  if (lane.pause.isOn && isHeld(lane, call, packed)) return executeLater(lane, call);
  const { transaction, subscriptions } = call.connection;
  if (transaction.isOpen) return queue(lane, call, packed);
  if (subscriptions.isRestricting) return check(lane, call, packed);
  const { apiKey } = call.session;
  if (packed === GET && args.count === 2 && !tracking.isOn && apiKey !== undefined && apiKey.read) {
    call.counts = lane.get;
    lane.get.calls += 1;
    loopWork.is(lane.get.work);
    return answerGet(call, apiKey.prefix);
  }
  if (packed === SET || packed === MGET) loopWork.is((packed === SET ? lane.set : lane.mget).work);
  if (packed === MGET && args.count > 1 && args.count <= KEYS_AT_ONCE && mgetPlain(lane, call))
    return undefined;
  if (packed === SET && args.count === 3 && setPlain(lane, call)) {
    call.refusal = undefined;
    if (apiKey !== undefined && isOperator(apiKey)) auditNow(call, lane.set.command);
    return call.out.ok();
  }
  return check(lane, call, packed);
}

/** Whether the command waits for the end of CLIENT PAUSE; in a transaction, only the last does. */
function isHeld(lane: RespLane, call: Call, packed: number): boolean {
  const { args, connection } = call;
  const found = packed === 0 ? lane.commands.get(args.lower(0)) : lane.commandsByPackedName.get(packed);
  if (found === undefined || (connection.transaction.isOpen && found.command.name !== "exec")) return false;
  const { name, subcommands } = found.command;
  if (name === "exec" && connection.transaction.queued.some((one) => isHeldPart(lane, one.name))) return true;
  const sub =
    subcommands === undefined || args.count < 2 ? undefined : lane.commands.get(`${name}|${args.lower(1)}`);
  const { command } = sub ?? found;
  return hasArity(args, command) && lane.pause.holds(command);
}

function isHeldPart(lane: RespLane, name: string): boolean {
  return lane.pause.holds(lane.commands.get(name)!.command);
}

async function executeLater(lane: RespLane, call: Call): Promise<void> {
  lane.pause.waiting += 1;
  await lane.pause.over();
  lane.pause.waiting -= 1;
  if (!call.connection.isOver) await execute(lane, call);
}

/** Runs the command if it may be run, the whole way. */
function check(lane: RespLane, call: Call, packed: number): MaybePromise<void> {
  const { tracking } = call;
  call.refusal = undefined;
  const counted = checkCommand(lane, call, packed);
  if (counted === undefined) {
    if (call.counts === undefined) return undefined;
    call.counts.rejected += 1;
    return auditNow(call, call.counts.command);
  }
  counted.calls += 1;
  loopWork.is(counted.work);
  const { command } = counted;
  if (!tracking.isOn) return runCommand(lane, call, command);
  tracking.begin();
  try {
    return runCommand(lane, call, command);
  } finally {
    tracking.end();
  }
}

function runCommand({ options, monitoring }: RespLane, call: Call, command: Command): MaybePromise<void> {
  const author = auditedAuthor(call, command);
  const beganNs = options.clock.nowNs();
  const later = runWhole(call, command);
  const ns = options.clock.nowNs() - beganNs;
  monitoring.measuredNs += ns;
  return after(later, () => {
    monitoring.done(call, later === undefined ? ns : options.clock.nowNs() - beganNs);
    if (author !== undefined) auditCommand(call, command, author);
  });
}

/** Tells of a command that was done, or refused, at once. */
function auditNow(call: Call, command: CommandShape): void {
  const author = auditedAuthor(call, command);
  if (author !== undefined) auditCommand(call, command, author);
}

function runWhole(call: Call, command: Command): MaybePromise<void> {
  const { parts } = command;
  if (parts === undefined) return runNotified(call, command);
  const isLong = keyCount(call.args, command) > KEYS_AT_ONCE || parts.isLarge?.(call) === true;
  return isLong ? runInParts(call, command, parts) : runNotified(call, command);
}

/** Commands that are run within a transaction, instead of queued. */
const RUN_AT_ONCE: ReadonlySet<string> = new Set(["multi", "exec", "discard", "watch", "quit", "reset"]);

/** Queues a command for EXEC, or runs what ends or concerns the transaction. One that is refused fails all of it. */
function queue(lane: RespLane, call: Call, packed: number): MaybePromise<void> {
  const { transaction, owner } = call.connection;
  const counted = checkCommand(lane, call, packed);
  if (counted === undefined) {
    if (call.counts !== undefined) call.counts.rejected += 1;
    if (transaction.isOpen) transaction.isFailed = true;
    return undefined;
  }
  const { command } = counted;
  if (RUN_AT_ONCE.has(command.name)) {
    counted.calls += 1;
    return runCommand(lane, call, command);
  }
  if (command.name === "client|reply") {
    transaction.isFailed = true;
    return call.fail("ERR CLIENT REPLY is not allowed in transactions");
  }
  const isTooLong = command.parts !== undefined && keyCount(call.args, command) > KEYS_AT_ONCE;
  if (!isTooLong && transaction.queue(command.name, call.args, call.keys, owner)) {
    call.out.raw("+QUEUED\r\n");
    return undefined;
  }
  transaction.isFailed = true;
  return call.fail(isTooLong ? TOO_MANY_KEYS : OVERLOADED);
}

const TOO_MANY_KEYS = `ERR a command of more than ${KEYS_AT_ONCE} keys is no single step, and may not be in a transaction`;
