// Makes JSON of Lua's values for scripts, as cjson does, and the other way about. Warm.

import { LUA_TYPE, type LuaStack } from "./lua-stack.ts";

/** How deep a table may lie within others, as cjson has it. */
const DEPTH_MAX = 1_000;
/** Items of a table that are missing, at most, for each that is there: cjson's bound on sparse arrays. */
const SPARSE_RATIO = 2;
const SPARSE_MIN = 10;

/** What keeps a value from being written, as cjson words it. */
class NotJson extends Error {}

/** JSON for the value at `index`, a byte for each character; or the complaint. */
export function encodeJson(stack: LuaStack, index: number): { text: string } | { complaint: string } {
  const top = stack.top;
  try {
    stack.lua.lua_pushvalue(stack.state, index);
    return { text: textOf(stack, 0) };
  } catch (thrown) {
    if (!(thrown instanceof NotJson)) throw thrown;
    return { complaint: thrown.message };
  } finally {
    stack.top = top;
  }
}

/** Of the value at the top, which stays. */
function textOf(stack: LuaStack, depth: number): string {
  if (depth > DEPTH_MAX || !stack.makeRoom())
    throw new NotJson(`Cannot serialise, excessive depth (${depth})`);
  switch (stack.typeOf(-1)) {
    case LUA_TYPE.string:
      return quoted(stack.textAt(-1));
    case LUA_TYPE.number:
      return numberText(stack);
    case LUA_TYPE.boolean:
      return String(stack.booleanAt(-1));
    case LUA_TYPE.nil:
    case LUA_TYPE.lightUserdata:
      return "null";
    case LUA_TYPE.table:
      return tableText(stack, depth + 1);
    default:
      throw new NotJson("Cannot serialise function: type not supported");
  }
}

function numberText(stack: LuaStack): string {
  if (!Number.isFinite(stack.numberAt(-1)))
    throw new NotJson("Cannot serialise number: must not be NaN or Inf");
  // Of a copy: to ask for its text makes a string of what is asked.
  stack.lua.lua_pushvalue(stack.state, -1);
  const text = stack.textAt(-1);
  stack.pop();
  return text;
}

function tableText(stack: LuaStack, depth: number): string {
  const length = listLength(stack);
  if (length > 0) {
    const items: string[] = [];
    for (let i = 1; i <= length; i++) {
      stack.getItem(-1, i);
      items.push(textOf(stack, depth));
      stack.pop();
    }
    return `[${items.join(",")}]`;
  }
  const fields: string[] = [];
  stack.pushNil();
  while (stack.lua.lua_next(stack.state, -2) !== 0) {
    const value = textOf(stack, depth);
    stack.pop();
    fields.push(`${keyText(stack)}:${value}`);
  }
  return `{${fields.join(",")}}`;
}

/** Items of the table at the top if it is a list; 0 if it is none, or empty. */
function listLength(stack: LuaStack): number {
  let length = 0;
  let items = 0;
  stack.pushNil();
  while (stack.lua.lua_next(stack.state, -2) !== 0) {
    stack.pop();
    const key = stack.typeOf(-1) === LUA_TYPE.number ? stack.numberAt(-1) : 0;
    if (!Number.isInteger(key) || key < 1) {
      stack.pop();
      return 0;
    }
    length = Math.max(length, key);
    items += 1;
  }
  if (length > items * SPARSE_RATIO && length > SPARSE_MIN) {
    throw new NotJson("Cannot serialise table: excessively sparse array");
  }
  return length;
}

function keyText(stack: LuaStack): string {
  const type = stack.typeOf(-1);
  if (type === LUA_TYPE.string) return quoted(stack.textAt(-1));
  if (type !== LUA_TYPE.number)
    throw new NotJson("Cannot serialise table: table key must be a number or string");
  return `"${numberText(stack)}"`;
}

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['"', '\\"'],
  ["\\", "\\\\"],
  ["/", "\\/"],
  ["\b", "\\b"],
  ["\f", "\\f"],
  ["\n", "\\n"],
  ["\r", "\\r"],
  ["\t", "\\t"],
]);

function quoted(text: string): string {
  // oxlint-disable-next-line no-control-regex
  const escaped = text.replaceAll(/["\\/\u0000-\u001f\u007f]/g, (character) => {
    return ESCAPES.get(character) ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
  return `"${escaped}"`;
}

type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

/** Pushes the value that `text`, in UTF-8, is; the complaint if it is none. */
export function decodeJson(stack: LuaStack, text: Buffer): string | undefined {
  let value: Json;
  try {
    value = JSON.parse(text.utf8Slice()) as Json;
  } catch {
    return "Expected value but found invalid token at character 1";
  }
  pushJson(stack, value, 0);
  return undefined;
}

function pushJson(stack: LuaStack, value: Json, depth: number): void {
  if (depth > DEPTH_MAX || !stack.makeRoom()) throw new Error("no room on Lua's stack");
  if (value === null) return void stack.lua.lua_pushlightuserdata(stack.state, 0);
  if (typeof value === "boolean") return stack.pushBoolean(value);
  if (typeof value === "number") return stack.pushNumber(value);
  if (typeof value === "string") return stack.pushBytes(Buffer.from(value));
  if (Array.isArray(value)) {
    stack.pushTable(value.length, 0);
    for (const [i, item] of value.entries()) {
      pushJson(stack, item, depth + 1);
      stack.setItem(i + 1);
    }
    return;
  }
  const fields = Object.entries(value);
  stack.pushTable(0, fields.length);
  for (const [name, item] of fields) {
    stack.pushBytes(Buffer.from(name));
    pushJson(stack, item, depth + 1);
    stack.setField();
  }
}
