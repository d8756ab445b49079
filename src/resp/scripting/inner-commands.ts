// Runs the commands of a script: those of the table, with the rights of the client whose script it is. Warm.

import type { CommandCounts } from "../commands/command-shape.ts";
import type { Command } from "../commands/command.ts";
import type { Call } from "../commands/call.ts";
import type { Services } from "../commands/services.ts";
import type { KeyspaceEvent } from "../commands/pubsub/keyspace-events.ts";
import { runNotified } from "../commands/pubsub/run-notified.ts";
import { CapturedCall, stepServices } from "../commands/steps/as-one-step.ts";
import type { StepView } from "../commands/steps/step-view.ts";
import { keyCount } from "../commands/key-count.ts";
import { hasArity, hasGoodKeys, hasRight } from "../connection/may-run.ts";
import { KEYS_AT_ONCE } from "../connection/run-in-parts.ts";
import { Arguments } from "../wire/arguments.ts";
import type { ScriptHost } from "./lua-machine.ts";

/** Commands without keys that a script may send. */
const KEYLESS: ReadonlySet<string> = new Set(["ping", "echo", "time", "dbsize", "publish"]);
/** Commands with keys that it may not: those of a connection, and those that look at more than keys. */
const NOT_ALLOWED: ReadonlySet<string> = new Set(["watch", "eval", "evalsha", "eval_ro", "evalsha_ro"]);

const UNKNOWN = error("ERR Unknown Redis command called from script");
const NOT_FROM_SCRIPT = error("ERR This Redis command is not allowed from script");
const WRONG_ARITY = error("ERR Wrong number of args calling Redis command from script");
const READ_ONLY = error("ERR Write commands are not allowed from read-only scripts.");
const TOO_MANY_KEYS = error(`ERR a command of more than ${KEYS_AT_ONCE} keys is not allowed from script`);

function error(text: string): Buffer {
  return Buffer.from(`-${text}\r\n`, "latin1");
}

interface InnerOptions {
  /** The call of EVAL. */
  readonly call: Call;
  readonly view: StepView;
  readonly isReadOnly: boolean;
  /** Finds a command by its name in the table. */
  readonly find: (name: string) => Command | undefined;
}

export class InnerCommands implements ScriptHost {
  /** The run came to something that it has to wait for: nothing of it counts. */
  isAborted = false;
  protocol: 2 | 3 = 2;
  /** PUBLISH, to be sent when the script's writes are done. */
  readonly published: Arguments[] = [];
  readonly #options: InnerOptions;
  readonly #tell = (event: KeyspaceEvent): void => void this.#options.view.events.push(event);
  readonly #services: Services;

  constructor(options: InnerOptions) {
    this.#options = options;
    this.#services = stepServices(options.call.services, options.view);
  }

  setProtocol(protocol: 2 | 3): void {
    this.protocol = protocol;
  }

  log(level: number, text: string): void {
    const { log } = this.#services.options;
    const apiKey = this.#options.call.session.apiKey?.name;
    const write = (["debug", "debug", "info", "warn"] as const)[level] ?? "info";
    log[write]("script", { text: text.slice(0, 1_024), apiKey });
  }

  call(given: readonly Uint8Array[]): Buffer | undefined {
    if (this.isAborted) return undefined;
    const args = argumentsOf(given);
    const command = this.#commandOf(args);
    if (command === undefined) return UNKNOWN;
    if ((command.keys === undefined && !KEYLESS.has(command.name)) || NOT_ALLOWED.has(command.name)) {
      return NOT_FROM_SCRIPT;
    }
    if (!hasArity(args, command)) return WRONG_ARITY;
    if (this.#options.isReadOnly && command.right !== "read" && command.right !== "key") return READ_ONLY;
    if (command.parts !== undefined && keyCount(args, command) > KEYS_AT_ONCE) return TOO_MANY_KEYS;
    return this.#run(args, command);
  }

  #commandOf(args: Arguments): Command | undefined {
    const { find } = this.#options;
    const command = find(args.lower(0));
    if (command?.subcommands === undefined || args.count < 2) return command;
    return find(`${command.name}|${args.lower(1)}`);
  }

  #run(args: Arguments, command: Command): Buffer | undefined {
    const captured = new CapturedCall(this.#services, this.#options.call.connection, args, this.protocol);
    const inner = captured.call;
    inner.nowMs = this.#services.options.clock.nowMs();
    const counts = this.#services.commands.get(command.name);
    if (hasRight(inner, command) && hasGoodKeys(inner, command)) {
      if (counts !== undefined) this.#count(inner, counts);
      if (command.name === "publish") this.#publish(inner);
      else if (!this.#hasDone(runNotified(inner, command, this.#tell))) return undefined;
    }
    return captured.bytes();
  }

  #count(inner: Call, counts: CommandCounts): void {
    counts.calls += 1;
    inner.counts = counts;
  }

  /** `false`: the command waits for something; it will be run anew. */
  #hasDone(later: Promise<void> | void): boolean {
    const { isWaiting } = this.#options.view;
    if (later instanceof Promise) {
      later.catch(() => {});
      if (!isWaiting) throw new Error("a command that is no single step, in a script");
    }
    this.isAborted = isWaiting;
    return !isWaiting;
  }

  #publish({ args, out, services }: Call): void {
    this.published.push(args);
    const direct = services.options.channels.audienceOf(args.latin1(1))?.subscribers.size ?? 0;
    let count = direct;
    for (const audience of services.options.channels.matching(args.latin1(1))) {
      count += audience?.subscribers.size ?? 0;
    }
    out.integer(count);
  }
}

function argumentsOf(given: readonly Uint8Array[]): Arguments {
  const args = new Arguments();
  args.begin(Buffer.concat(given));
  let at = 0;
  for (const { length } of given) {
    args.push(at, at + length);
    at += length;
  }
  return args;
}
