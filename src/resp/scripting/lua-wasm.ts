// Lua 5.1 as WebAssembly, with nothing of its surroundings: no files, no clock, no environment. Loaded at first use. Warm.
//
// The module is wasmoon-lua5.1's; its own way in goes by text, and values here are bytes. A long jump of Lua's (an error
// in it) is a JavaScript exception between frames of the module; any other exception goes through to the caller, and
// the instance is not to be used again.

import wasmPath from "#lua/liblua5.1.wasm" with { type: "file" };

const PAGE_BYTES = 65_536;
/** By how much memory grows at least. */
const GROW_PAGES = 16;

const TABLE = "__indirect_function_table";
const BEGIN = "__wasm_call_ctors";

type LuaCall = (...args: number[]) => number;

/** What is used of the module's exports. Addresses and Lua states are numbers. */
export interface LuaExports {
  readonly memory: WebAssembly.Memory;
  /** Functions that Lua calls by address. */
  readonly [TABLE]: WebAssembly.Table;
  readonly [BEGIN]: LuaCall;
  readonly stackSave: LuaCall;
  readonly stackRestore: LuaCall;
  readonly setThrew: LuaCall;
  readonly malloc: LuaCall;
  readonly free: LuaCall;
  readonly luaL_newstate: LuaCall;
  readonly luaL_openlibs: LuaCall;
  readonly luaL_loadbuffer: LuaCall;
  readonly luaL_ref: LuaCall;
  readonly luaL_unref: LuaCall;
  readonly lua_checkstack: LuaCall;
  readonly lua_createtable: LuaCall;
  readonly lua_error: LuaCall;
  readonly lua_gc: LuaCall;
  readonly lua_gettop: LuaCall;
  readonly lua_insert: LuaCall;
  readonly lua_next: LuaCall;
  readonly lua_pcall: LuaCall;
  readonly lua_pushboolean: LuaCall;
  readonly lua_pushcclosure: LuaCall;
  readonly lua_pushlightuserdata: LuaCall;
  readonly lua_pushlstring: LuaCall;
  readonly lua_pushnil: LuaCall;
  readonly lua_pushnumber: LuaCall;
  readonly lua_pushvalue: LuaCall;
  readonly lua_rawget: LuaCall;
  readonly lua_rawgeti: LuaCall;
  readonly lua_rawset: LuaCall;
  readonly lua_rawseti: LuaCall;
  readonly lua_sethook: LuaCall;
  readonly lua_settop: LuaCall;
  readonly lua_toboolean: LuaCall;
  readonly lua_tolstring: LuaCall;
  readonly lua_tonumber: LuaCall;
  readonly lua_type: LuaCall;
}

const LONG_JUMP = Symbol("long jump");

let compiled: WebAssembly.Module | undefined;

/** The module compiled, which takes some ms the first time. */
async function moduleOf(): Promise<WebAssembly.Module> {
  compiled ??= await WebAssembly.compile(await Bun.file(wasmPath).arrayBuffer());
  return compiled;
}

/** An instance whose memory is never above `bytesMax`: beyond it Lua itself says "not enough memory". */
export async function instantiateLua(bytesMax: number): Promise<LuaExports> {
  const module = await moduleOf();
  const imports: Record<string, Record<string, (...args: number[]) => number | void>> = {};
  for (const { module: room, name } of WebAssembly.Module.imports(module)) {
    const space = (imports[room] ??= {});
    space[name] = () => {
      throw new Error(`Lua asked for ${name}`);
    };
  }
  Object.assign(imports["env"]!, {
    invoke_vii(index: number, a: number, b: number): void {
      const stack = lua.stackSave();
      try {
        (lua[TABLE].get(index) as LuaCall)(a, b);
      } catch (thrown) {
        if (thrown !== LONG_JUMP) throw thrown;
        lua.stackRestore(stack);
        lua.setThrew(1, 0);
      }
    },
    _emscripten_throw_longjmp(): never {
      throw LONG_JUMP;
    },
    emscripten_memcpy_js(to: number, from: number, bytes: number): void {
      new Uint8Array(lua.memory.buffer).copyWithin(to, from, from + bytes);
    },
    emscripten_resize_heap: (bytes: number): number => (grow(lua.memory, bytes >>> 0, bytesMax) ? 1 : 0),
    emscripten_date_now: () => 0,
  });
  // Numbers of environment variables and their bytes, both 0.
  imports["wasi_snapshot_preview1"]!["environ_sizes_get"] = (count, bytes) => {
    const view = new DataView(lua.memory.buffer);
    view.setUint32(count!, 0, true);
    view.setUint32(bytes!, 0, true);
    return 0;
  };
  imports["wasi_snapshot_preview1"]!["environ_get"] = () => 0;
  const instance = await WebAssembly.instantiate(module, imports);
  const lua = instance.exports as unknown as LuaExports;
  lua[BEGIN]();
  return lua;
}

function grow(memory: WebAssembly.Memory, bytes: number, bytesMax: number): boolean {
  if (bytes > bytesMax) return false;
  const pages = Math.ceil((bytes - memory.buffer.byteLength) / PAGE_BYTES);
  const room = Math.floor((bytesMax - memory.buffer.byteLength) / PAGE_BYTES);
  try {
    memory.grow(Math.min(Math.max(pages, GROW_PAGES), room));
    return true;
  } catch {
    return false;
  }
}

/** One function of the type of `kind`, imported and exported again: so JavaScript gets into the module's table. */
const ADAPTERS = {
  /** A lua_CFunction: `(i32) -> i32`. */
  function: [1, 6, 1, 0x60, 1, 0x7f, 1, 0x7f],
  /** A lua_Hook: `(i32, i32) -> ()`. */
  hook: [1, 6, 1, 0x60, 2, 0x7f, 0x7f, 0],
} as const;
const HEAD = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
/** Imports `e.f` of type 0, and exports it as `f`. */
const TAIL = [2, 7, 1, 1, 0x65, 1, 0x66, 0, 0, 7, 5, 1, 1, 0x66, 0, 0];

/** The address of `call` for Lua. */
export function addressOf(lua: LuaExports, kind: keyof typeof ADAPTERS, call: LuaCall): number {
  const adapter = new WebAssembly.Module(new Uint8Array([...HEAD, ...ADAPTERS[kind], ...TAIL]));
  const { exports } = new WebAssembly.Instance(adapter, { e: { f: call } });
  const table = lua[TABLE];
  const index = table.grow(1);
  table.set(index, exports["f"]);
  return index;
}

/** Whether the module came to an end by itself: it trapped, or asked for the end of the program. */
export function isFatal(thrown: unknown): boolean {
  return (
    thrown instanceof WebAssembly.RuntimeError ||
    (thrown instanceof Error &&
      /^(?:Lua asked for|no memory for|no room on|Maximum call stack)/.test(thrown.message))
  );
}
