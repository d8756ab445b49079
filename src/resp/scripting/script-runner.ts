// Runs scripts as single steps: without waiting, over a store of their own, which then replaces what they had read. Warm.

import { SCRIPT_ATTEMPTS_MAX } from "../../base/limits.ts";
import { after, type MaybePromise } from "../../base/maybe-promise.ts";
import type { Version } from "../../record/version.ts";
import type { Call } from "../commands/call.ts";
import type { Command } from "../commands/command.ts";
import { NOT_AVAILABLE, OVERTAKEN } from "../wire/refusal.ts";
import { commitScript } from "./commit-script.ts";
import { InnerCommands } from "./inner-commands.ts";
import { LuaMachine, ScriptStopped, type Script } from "./lua-machine.ts";
import { writeReply, type ReplyValue } from "./reply-value.ts";
import { Scripts } from "./scripts.ts";
import { ScriptStore } from "./script-store.ts";

/** Finds a command by its name in the table. */
export type FindCommand = (name: string) => Command | undefined;

export interface ScriptTask {
  readonly call: Call;
  readonly script: Script;
  readonly keys: readonly Uint8Array[];
  readonly args: readonly Uint8Array[];
  readonly isReadOnly: boolean;
}

/** Times that a run may ask for entries which it has to wait for. */
const WAITS_MAX = 100;
const PAUSE_MS_MAX = 8;
const TOO_MANY_WAITS = `ERR the script asks for keys that it has not named, more than ${WAITS_MAX} times`;
const NO_VERSIONS: ReadonlyMap<string, Version> = new Map();

interface Attempt extends ScriptTask {
  /** How many there were before, and how often this one has waited. */
  readonly number: number;
  waits: number;
}

export class ScriptRunner {
  readonly scripts = new Scripts();
  readonly #find: FindCommand;
  #machine: LuaMachine | undefined;

  constructor(find: FindCommand) {
    this.#find = find;
  }

  /** Keeps a script; answers with the complaint if it is none, else goes on with `done`. */
  load(call: Call, script: Script, done: () => MaybePromise<void>): MaybePromise<void> {
    if (this.scripts.has(script.sha1)) return done();
    return after(this.#machineOf(call), (machine) => {
      const complaint = machine.compile(script);
      if (complaint !== undefined)
        return call.fail(`ERR Error compiling script (new function): ${complaint}`);
      this.scripts.add(script);
      return done();
    });
  }

  /** Runs a script that is kept, and answers. Those of one instance with the same first key take turns. */
  run(task: ScriptTask): MaybePromise<void> {
    const { services, keys } = task.call;
    const [key] = keys;
    const begin = () => this.#begin({ ...task, number: 1, waits: 0 }, NO_VERSIONS);
    if (services.store.isEmbedded || key === undefined) return begin();
    const before = services.turns.get(key);
    const result = before === undefined ? begin() : before.then(begin);
    if (!(result instanceof Promise)) return result;
    const settled = Promise.allSettled([result]).then(() => {
      if (services.turns.get(key) === settled) services.turns.delete(key);
      return undefined;
    });
    services.turns.set(key, settled);
    return result;
  }

  /** `stale`: versions that lost to others. */
  #begin(attempt: Attempt, stale: ReadonlyMap<string, Version>): MaybePromise<void> {
    const { services, keys } = attempt.call;
    const store = new ScriptStore(services.store, services.options.clock, stale);
    if (!services.store.isEmbedded) store.prefetch(keys);
    return store.isWaiting ? this.#wait(attempt, store) : this.#run(attempt, store);
  }

  async #wait(attempt: Attempt, store: ScriptStore): Promise<void> {
    attempt.waits += 1;
    if (attempt.waits > WAITS_MAX) return attempt.call.fail(TOO_MANY_WAITS);
    if (!(await store.ready())) return attempt.call.fail(NOT_AVAILABLE.text);
    return this.#run(attempt, store);
  }

  #run(attempt: Attempt, store: ScriptStore): MaybePromise<void> {
    const { call, script, keys, args, isReadOnly } = attempt;
    return after(this.#machineOf(call), (machine): MaybePromise<void> => {
      const inner = new InnerCommands({ call, store, isReadOnly, find: this.#find });
      let reply: ReplyValue;
      try {
        reply = machine.run(script, keys, args, inner);
      } catch (thrown) {
        if (!(thrown instanceof ScriptStopped)) throw thrown;
        return call.fail(`ERR the script was stopped, and nothing of it was done: ${thrown.message}`);
      }
      if (inner.isAborted) return this.#wait(attempt, store);
      return after(commitScript(call.services.store, store), (outcome): MaybePromise<void> => {
        if (outcome === "overtaken") return this.#again(attempt, store);
        if (outcome !== "done") return call.fail(outcome.text);
        this.#answer(call, reply, inner);
        return this.#publish(call, inner);
      });
    });
  }

  async #again(attempt: Attempt, store: ScriptStore): Promise<void> {
    if (attempt.number >= SCRIPT_ATTEMPTS_MAX) return attempt.call.fail(OVERTAKEN.text);
    await Bun.sleep(Math.random() * Math.min(attempt.number, PAUSE_MS_MAX));
    const stale = new Map<string, Version>();
    for (const [key, version] of store.versions) if (version !== undefined) stale.set(key, version);
    return this.#begin({ ...attempt, number: attempt.number + 1, waits: 0 }, stale);
  }

  #answer(call: Call, reply: ReplyValue, { protocol }: InnerCommands): void {
    if (reply !== null && typeof reply === "object" && "kind" in reply && reply.kind === "error") {
      return call.fail(reply.text);
    }
    writeReply(call.out, reply, protocol);
  }

  /** Sends the messages that the script published; their own answers are left out. */
  async #publishAll(call: Call, { published }: InnerCommands): Promise<void> {
    const publish = this.#find("publish")!;
    for (const args of published) {
      const inner = call.within(call.services, args, []);
      const before = call.out.length;
      await publish.run(inner);
      call.out.length = before;
    }
  }

  #publish(call: Call, inner: InnerCommands): MaybePromise<void> {
    return inner.published.length === 0 ? undefined : this.#publishAll(call, inner);
  }

  /** The machine, made at its first use and when a script has spoilt the last one. */
  #machineOf(call: Call): MaybePromise<LuaMachine> {
    if (this.#machine?.isSpent === false) return this.#machine;
    return this.#create(call);
  }

  async #create({ services }: Call): Promise<LuaMachine> {
    const machine = await LuaMachine.create(services.options.clock.nowMs);
    if (this.#machine?.isSpent !== false) this.#machine = machine;
    return this.#machine;
  }
}
