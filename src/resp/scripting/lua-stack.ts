// A Lua state's stack, for values that JavaScript hands over or takes: strings are bytes. Warm.

import type { LuaExports } from "./lua-wasm.ts";

/** Lua's numbers for its types. */
export const LUA_TYPE = {
  nil: 0,
  boolean: 1,
  lightUserdata: 2,
  number: 3,
  string: 4,
  table: 5,
} as const;

const SCRATCH_BYTES = 4_096;
/** Places that are made sure of before a value is pushed. */
const PLACES = 8;

export class LuaStack {
  readonly lua: LuaExports;
  /** Address of the state. */
  readonly state: number;
  /** Where a string lies on its way in, and the length of one on its way out. */
  readonly #scratch: number;
  #memory: Buffer;

  constructor(lua: LuaExports) {
    this.lua = lua;
    this.state = lua.luaL_newstate();
    this.#scratch = lua.malloc(SCRATCH_BYTES);
    this.#memory = Buffer.from(lua.memory.buffer);
    if (this.state === 0 || this.#scratch === 0) throw new Error("no memory for Lua");
  }

  /** Memory of the module, as it is now. */
  get memory(): Buffer {
    // Memory that has grown leaves its old views empty.
    if (this.#memory.length === 0) this.#memory = Buffer.from(this.lua.memory.buffer);
    return this.#memory;
  }

  /** Room for a few more values; `false`: there is none. */
  makeRoom(): boolean {
    return this.lua.lua_checkstack(this.state, PLACES) !== 0;
  }

  get top(): number {
    return this.lua.lua_gettop(this.state);
  }

  set top(index: number) {
    this.lua.lua_settop(this.state, index);
  }

  pop(): void {
    this.lua.lua_settop(this.state, -2);
  }

  typeOf(index: number): number {
    return this.lua.lua_type(this.state, index);
  }

  pushNil(): void {
    this.lua.lua_pushnil(this.state);
  }

  pushBoolean(value: boolean): void {
    this.lua.lua_pushboolean(this.state, value ? 1 : 0);
  }

  pushNumber(value: number): void {
    this.lua.lua_pushnumber(this.state, value);
  }

  pushBytes(bytes: Uint8Array): void {
    const { length } = bytes;
    const isLarge = length > SCRATCH_BYTES;
    const at = isLarge ? this.lua.malloc(length) : this.#scratch;
    if (at === 0) throw new Error("no memory for a string");
    this.memory.set(bytes, at);
    this.lua.lua_pushlstring(this.state, at, length);
    if (isLarge) this.lua.free(at);
  }

  /** `text`: a byte for each character. */
  pushText(text: string): void {
    this.pushBytes(Buffer.from(text, "latin1"));
  }

  pushTable(items: number, fields: number): void {
    this.lua.lua_createtable(this.state, items, fields);
  }

  /** Puts the value on top into the table below it, as item `number`. */
  setItem(number: number): void {
    this.lua.lua_rawseti(this.state, -2, number);
  }

  /** Puts the value on top into the table below it, under the key between them. */
  setField(): void {
    this.lua.lua_rawset(this.state, -3);
  }

  /** Pushes field `name` of the table at `index`. */
  getField(index: number, name: string): void {
    this.pushText(name);
    this.lua.lua_rawget(this.state, index < 0 ? index - 1 : index);
  }

  /** Pushes item `number` of the table at `index`. */
  getItem(index: number, number: number): void {
    this.lua.lua_rawgeti(this.state, index, number);
  }

  booleanAt(index: number): boolean {
    return this.lua.lua_toboolean(this.state, index) !== 0;
  }

  numberAt(index: number): number {
    return this.lua.lua_tonumber(this.state, index);
  }

  /** A copy of the string at `index`. */
  bytesAt(index: number): Buffer {
    const at = this.lua.lua_tolstring(this.state, index, this.#scratch);
    const { memory } = this;
    return Buffer.from(memory.subarray(at, at + memory.readUInt32LE(this.#scratch)));
  }

  textAt(index: number): string {
    const at = this.lua.lua_tolstring(this.state, index, this.#scratch);
    const { memory } = this;
    return memory.latin1Slice(at, at + memory.readUInt32LE(this.#scratch));
  }
}
