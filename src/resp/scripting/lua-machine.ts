// One Lua 5.1 that scripts run in, one after another: bounded in steps, time and memory, and clean between them. Warm.

import {
  SCRIPT_MEMORY_BYTES_MAX,
  SCRIPT_MS_MAX,
  SCRIPT_STEPS_MAX,
  SCRIPTS_COMPILED_MAX,
} from "../../base/limits.ts";
import { decodeJson, encodeJson } from "./json.ts";
import { LuaStack, LUA_TYPE } from "./lua-stack.ts";
import { addressOf, instantiateLua, isFatal, type LuaExports } from "./lua-wasm.ts";
import { numberText } from "./number-text.ts";
import { PRELUDE } from "./prelude.ts";
import { pushMarked, pushReply } from "./push-reply.ts";
import { special, takeReply, type ReplyValue } from "./reply-value.ts";

/** What a script that runs asks of its surroundings. */
export interface ScriptHost {
  /** Runs a command; its reply in RESP, of the version asked for last. `undefined`: the run is to end, nothing counts. */
  call(args: readonly Uint8Array[]): Buffer | undefined;
  setProtocol(protocol: 2 | 3): void;
  log(level: number, text: string): void;
}

export interface Script {
  /** It says of itself that it only reads. */
  readonly isReadOnly: boolean;
  readonly sha1: string;
  readonly source: Uint8Array;
}

/** A script was ended because it took too much of something. */
export class ScriptStopped extends Error {}

const SOURCE_NAME = "@user_script";
const HOOK_STEPS = 10_000;
const LUA_MASKCOUNT = 8;
const LUA_REGISTRYINDEX = -10_000;
const LUA_GCCOUNT = 3;
const LUA_GCCOLLECT = 2;
/** KiB of values from which on garbage is collected between two scripts. */
const COLLECT_FROM_KIB = 4_096;
/** A machine whose memory has grown beyond this is not kept; it begins with 16 MiB, most of them never touched. */
const KEPT_BYTES_MAX = 20 * 1024 * 1024;
const ESCAPE = 27;
/** Seeds that a script's random numbers may have: Lua takes them as 32 bits. */
const SEEDS = 2 ** 31;
/** What counts at most of the time between two looks at the clock: the process itself may have had no turn. */
const LOOK_MS_MAX = 20;
/** A command counts for as many steps. */
const COMMAND_STEPS = 500;
const OUT_OF_MEMORY = `it took more than ${SCRIPT_MEMORY_BYTES_MAX} bytes of memory`;

export class LuaMachine {
  /** A script left something behind, or was stopped amid: another machine is to be taken. */
  isSpent = false;
  readonly #lua: LuaExports;
  readonly #stack: LuaStack;
  readonly #nowMs: () => number;
  /** Compiled scripts, by SHA-1, as references in Lua's registry; the longest unused first. */
  readonly #compiled = new Map<string, number>();
  #run = 0;
  #isClean = 0;
  #host: ScriptHost | undefined;
  #steps = 0;
  #spentMs = 0;
  #lookedMs = 0;

  private constructor(lua: LuaExports, nowMs: () => number) {
    this.#lua = lua;
    this.#stack = new LuaStack(lua);
    this.#nowMs = nowMs;
  }

  static async create(nowMs: () => number): Promise<LuaMachine> {
    const machine = new LuaMachine(await instantiateLua(SCRIPT_MEMORY_BYTES_MAX), nowMs);
    machine.#prepare();
    return machine;
  }

  #prepare(): void {
    const lua = this.#lua;
    const stack = this.#stack;
    lua.luaL_openlibs(stack.state);
    const failed = this.#load(Buffer.from(PRELUDE), "=redis");
    if (failed !== undefined) throw new Error(failed);
    const functions = [
      this.#call,
      this.#pcall,
      this.#sha1hex,
      this.#log,
      this.#setresp,
      this.#encode,
      this.#decode,
    ];
    for (const run of functions)
      lua.lua_pushcclosure(
        stack.state,
        addressOf(lua, "function", () => run()),
        0,
      );
    if (lua.lua_pcall(stack.state, functions.length, 2, 0) !== 0) throw new Error(stack.textAt(-1));
    this.#isClean = lua.luaL_ref(stack.state, LUA_REGISTRYINDEX);
    this.#run = lua.luaL_ref(stack.state, LUA_REGISTRYINDEX);
    const hook = addressOf(lua, "hook", () => this.#count(HOOK_STEPS));
    lua.lua_sethook(stack.state, hook, LUA_MASKCOUNT, HOOK_STEPS);
  }

  /** What is wrong with the script's source, if anything is. */
  compile({ sha1, source }: Script): string | undefined {
    const known = this.#compiled.get(sha1);
    if (known !== undefined) {
      this.#compiled.delete(sha1);
      this.#compiled.set(sha1, known);
      return undefined;
    }
    const complaint = this.#load(source, SOURCE_NAME);
    if (complaint !== undefined) return complaint;
    const { lua, state } = this.#stack;
    this.#compiled.set(sha1, lua.luaL_ref(state, LUA_REGISTRYINDEX));
    if (this.#compiled.size > SCRIPTS_COMPILED_MAX) {
      const [oldest, reference] = this.#compiled.entries().next().value!;
      this.#compiled.delete(oldest);
      lua.luaL_unref(state, LUA_REGISTRYINDEX, reference);
    }
    return undefined;
  }

  /** Runs a script, which compiles; its reply, an error of its own included. Throws ScriptStopped, or what `host` threw. */
  run(
    script: Script,
    keys: readonly Uint8Array[],
    args: readonly Uint8Array[],
    host: ScriptHost,
  ): ReplyValue {
    this.#host = host;
    this.#steps = 0;
    this.#spentMs = 0;
    this.#lookedMs = this.#nowMs();
    this.isSpent = true;
    try {
      const reply = this.#runWithin(script, keys, args);
      this.isSpent = !this.#tidy();
      return reply;
    } catch (thrown) {
      // What Lua itself can't go on after, it asks to end the program for.
      if (thrown instanceof ScriptStopped || !isFatal(thrown)) throw thrown;
      throw new ScriptStopped(OUT_OF_MEMORY);
    } finally {
      this.#host = undefined;
    }
  }

  #runWithin(script: Script, keys: readonly Uint8Array[], args: readonly Uint8Array[]): ReplyValue {
    const { lua, state } = this.#stack;
    const stack = this.#stack;
    if (this.compile(script) !== undefined) throw new Error("a script that does not compile");
    lua.lua_rawgeti(state, LUA_REGISTRYINDEX, this.#run);
    lua.lua_rawgeti(state, LUA_REGISTRYINDEX, this.#compiled.get(script.sha1)!);
    for (const list of [keys, args]) {
      stack.pushTable(list.length, 0);
      for (let i = 0; i < list.length; i++) {
        stack.pushBytes(list[i]!);
        stack.setItem(i + 1);
      }
    }
    stack.pushNumber(Math.floor(Math.random() * SEEDS));
    if (lua.lua_pcall(state, 4, 2, 0) !== 0) throw new ScriptStopped(OUT_OF_MEMORY);
    const isDone = stack.booleanAt(-2);
    return isDone ? takeReply(stack) : this.#complaint(script);
  }

  /** The error that a script ended with, as Redis words it: the table at the top. */
  #complaint({ sha1 }: Script): ReplyValue {
    const stack = this.#stack;
    // An error of Lua's own that no handler could be called for.
    if (stack.typeOf(-1) !== LUA_TYPE.table) throw new ScriptStopped(OUT_OF_MEMORY);
    const field = (name: string) => {
      stack.getField(-1, name);
      const type = stack.typeOf(-1);
      const text = type === LUA_TYPE.string || type === LUA_TYPE.number ? stack.textAt(-1) : undefined;
      stack.pop();
      return text;
    };
    const [text, source, line] = [field("err") ?? "ERR unknown error", field("source"), field("line")];
    const where = source === undefined || line === undefined ? "" : `, on ${source}:${line}.`;
    return special("error", `${text} script: ${sha1}${where}`);
  }

  /** Makes ready for the next script; `false`: that can't be done. */
  #tidy(): boolean {
    const { lua, state } = this.#stack;
    const stack = this.#stack;
    stack.top = 0;
    lua.lua_rawgeti(state, LUA_REGISTRYINDEX, this.#isClean);
    const isClean = lua.lua_pcall(state, 0, 1, 0) === 0 && stack.booleanAt(-1);
    stack.top = 0;
    if (!isClean || stack.memory.length > KEPT_BYTES_MAX) return false;
    if (lua.lua_gc(state, LUA_GCCOUNT, 0) > COLLECT_FROM_KIB) lua.lua_gc(state, LUA_GCCOLLECT, 0);
    return true;
  }

  /** Pushes what `source` is compiled to, or gives the complaint. */
  #load(source: Uint8Array, name: string): string | undefined {
    const { lua, state } = this.#stack;
    const stack = this.#stack;
    if (source[0] === ESCAPE) return `${name.slice(1)}: attempt to load a binary chunk`;
    const at = lua.malloc(source.length + name.length + 1);
    if (at === 0) throw new ScriptStopped("no memory for its source");
    stack.memory.set(source, at);
    stack.memory.latin1Write(`${name}\0`, at + source.length);
    const outcome = lua.luaL_loadbuffer(state, at, source.length, at + source.length);
    lua.free(at);
    if (outcome === 0) return undefined;
    const complaint = stack.textAt(-1);
    stack.pop();
    return complaint;
  }

  #count(steps: number): number {
    if (this.#host === undefined) return 0;
    this.#steps += steps;
    if (this.#steps > SCRIPT_STEPS_MAX)
      throw new ScriptStopped(`it took more than ${SCRIPT_STEPS_MAX} steps`);
    const nowMs = this.#nowMs();
    this.#spentMs += Math.min(nowMs - this.#lookedMs, LOOK_MS_MAX);
    this.#lookedMs = nowMs;
    if (this.#spentMs > SCRIPT_MS_MAX) throw new ScriptStopped(`it took more than ${SCRIPT_MS_MAX} ms`);
    return 0;
  }

  readonly #call = (): number => (this.#pushCalled() ? 1 : this.#lua.lua_error(this.#stack.state));

  readonly #pcall = (): number => {
    this.#pushCalled();
    return 1;
  };

  /** Runs the command that Lua gives, and pushes its reply; `false`: an error. */
  #pushCalled(): boolean {
    this.#count(COMMAND_STEPS);
    const stack = this.#stack;
    const args: Uint8Array[] = [];
    const count = stack.top;
    for (let i = 1; i <= count; i++) {
      const type = stack.typeOf(i);
      if (type === LUA_TYPE.number) args.push(Buffer.from(numberText(stack.numberAt(i)), "latin1"));
      else if (type === LUA_TYPE.string) args.push(stack.bytesAt(i));
      else return this.#refuse("ERR Lua redis lib command arguments must be strings or integers");
    }
    if (count === 0) return this.#refuse("ERR Please specify at least one argument for this redis lib call");
    const reply = this.#host!.call(args);
    if (reply !== undefined) return pushReply(stack, reply);
    this.#refuse("ERR the script is to be run again");
    return this.#lua.lua_error(stack.state) === 0;
  }

  #refuse(text: string): false {
    pushMarked(this.#stack, "err", text);
    return false;
  }

  readonly #sha1hex = (): number => {
    this.#stack.pushText(new Bun.CryptoHasher("sha1").update(this.#stack.bytesAt(1)).digest("hex"));
    return 1;
  };

  readonly #log = (): number => {
    this.#host!.log(this.#stack.numberAt(1), this.#stack.textAt(2));
    return 0;
  };

  readonly #setresp = (): number => {
    this.#host!.setProtocol(this.#stack.numberAt(1) === 3 ? 3 : 2);
    return 0;
  };

  readonly #encode = (): number => {
    const made = encodeJson(this.#stack, 1);
    if ("text" in made) this.#stack.pushText(made.text);
    else this.#stack.pushNil();
    if ("complaint" in made) this.#stack.pushText(made.complaint);
    return "text" in made ? 1 : 2;
  };

  readonly #decode = (): number => {
    const stack = this.#stack;
    const text = stack.bytesAt(1);
    stack.pushBoolean(true);
    const complaint = decodeJson(stack, text);
    if (complaint === undefined) return 2;
    stack.pop();
    stack.pushBoolean(false);
    stack.pushText(complaint);
    return 2;
  };
}
