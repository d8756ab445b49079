// Runs scripts as single steps: without waiting, over a view of the store, which then replaces what they had read. Warm.

import { after, type MaybePromise } from "../../base/maybe-promise.ts";
import type { Call } from "../commands/call.ts";
import type { Command } from "../commands/command.ts";
import { CapturedCall } from "../commands/steps/as-one-step.ts";
import { runStep } from "../commands/steps/run-step.ts";
import type { StepView } from "../commands/steps/step-view.ts";
import { Refusal } from "../wire/refusal.ts";
import { InnerCommands } from "./inner-commands.ts";
import { LuaMachine, ScriptStopped, type Script } from "./lua-machine.ts";
import { writeReply, type ReplyValue } from "./reply-value.ts";
import { Scripts } from "./scripts.ts";

/** Finds a command by its name in the table. */
export type FindCommand = (name: string) => Command | undefined;

export interface ScriptTask {
  readonly call: Call;
  readonly script: Script;
  readonly keys: readonly Uint8Array[];
  readonly args: readonly Uint8Array[];
  readonly isReadOnly: boolean;
}

/** What a run came to. */
interface Ran {
  readonly reply: ReplyValue;
  readonly inner: InnerCommands;
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

  /** Runs a script that is kept as one step, and answers. */
  run(task: ScriptTask): MaybePromise<void> {
    const { call } = task;
    const keys = [...call.keys];
    const later = runStep({ services: call.services, keys, run: (view) => this.#run(task, view) });
    return after(later, (ran): MaybePromise<void> => {
      if (ran instanceof Refusal) return call.fail(ran.text);
      this.#answer(call, ran.reply, ran.inner);
      return this.#publish(call, ran.inner);
    });
  }

  #run({ call, script, keys, args, isReadOnly }: ScriptTask, view: StepView): MaybePromise<Ran | Refusal> {
    return after(this.#machineOf(call), (machine): Ran | Refusal => {
      const inner = new InnerCommands({ call, view, isReadOnly, find: this.#find });
      try {
        return { reply: machine.run(script, keys, args, inner), inner };
      } catch (thrown) {
        if (!(thrown instanceof ScriptStopped)) throw thrown;
        return new Refusal(`ERR the script was stopped, and nothing of it was done: ${thrown.message}`);
      }
    });
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
      await publish.run(new CapturedCall(call.services, call.connection, args).call);
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
