// What a script returns, as it is answered: in Redis's conversions from Lua to RESP. Cold.

import type { Output } from "../wire/output.ts";
import { LUA_TYPE, type LuaStack } from "./lua-stack.ts";

/** A list is an array; `null` the absent value. */
export type ReplyValue = null | boolean | number | Uint8Array | Special | readonly ReplyValue[];

export interface Special {
  readonly kind: "error" | "status" | "double" | "big_number" | "verbatim" | "map" | "set";
  /** A byte for each character. */
  readonly text: string;
  /** Of a map keys and values in turn, of a set its members. */
  readonly items: readonly ReplyValue[];
}

/** How deep a table may lie within others. */
const DEPTH_MAX = 128;
/** Values of one reply. */
const VALUES_MAX = 1_000_000;

const TOO_DEEP = special("error", "ERR reached lua stack limit");

export function special(kind: Special["kind"], text: string, items: readonly ReplyValue[] = []): Special {
  return { kind, text, items };
}

/** Takes the value at the top off the stack. */
export function takeReply(stack: LuaStack): ReplyValue {
  const top = stack.top;
  const value = new ReplyReader(stack).read(0);
  stack.top = top - 1;
  return value;
}

class ReplyReader {
  readonly #stack: LuaStack;
  #values = 0;

  constructor(stack: LuaStack) {
    this.#stack = stack;
  }

  /** The value at the top, which stays. */
  read(depth: number): ReplyValue {
    const stack = this.#stack;
    this.#values += 1;
    if (depth > DEPTH_MAX || this.#values > VALUES_MAX || !stack.makeRoom()) return TOO_DEEP;
    switch (stack.typeOf(-1)) {
      case LUA_TYPE.string:
        return stack.bytesAt(-1);
      case LUA_TYPE.number:
        return integerOf(stack.numberAt(-1));
      case LUA_TYPE.boolean:
        return stack.booleanAt(-1);
      case LUA_TYPE.table:
        return this.#readTable(depth);
      default:
        return null;
    }
  }

  #readTable(depth: number): ReplyValue {
    const error = this.#text("err");
    if (error !== undefined) return special("error", error);
    const status = this.#text("ok");
    if (status !== undefined) return special("status", status);
    const double = this.#number("double");
    if (double !== undefined) return special("double", doubleText(double));
    const map = this.#pairs("map", depth);
    if (map !== undefined) return special("map", "", map);
    const set = this.#pairs("set", depth);
    if (set !== undefined)
      return special(
        "set",
        "",
        set.filter((_, i) => i % 2 === 0),
      );
    const big = this.#text("big_number");
    if (big !== undefined) return special("big_number", big.replaceAll(/[\r\n]/g, " "));
    const verbatim = this.#verbatim();
    return verbatim ?? this.#list(depth);
  }

  #list(depth: number): ReplyValue {
    const stack = this.#stack;
    const items: ReplyValue[] = [];
    for (let i = 1; ; i++) {
      stack.getItem(-1, i);
      if (stack.typeOf(-1) === LUA_TYPE.nil) break;
      const item = this.read(depth + 1);
      stack.pop();
      if (item === TOO_DEEP) return TOO_DEEP;
      items.push(item);
    }
    stack.pop();
    return items;
  }

  #text(name: string): string | undefined {
    const stack = this.#stack;
    stack.getField(-1, name);
    const text = stack.typeOf(-1) === LUA_TYPE.string ? stack.textAt(-1) : undefined;
    stack.pop();
    return text;
  }

  #number(name: string): number | undefined {
    const stack = this.#stack;
    stack.getField(-1, name);
    const number = stack.typeOf(-1) === LUA_TYPE.number ? stack.numberAt(-1) : undefined;
    stack.pop();
    return number;
  }

  #verbatim(): Special | undefined {
    const stack = this.#stack;
    stack.getField(-1, "verbatim_string");
    const isTable = stack.typeOf(-1) === LUA_TYPE.table;
    const text = isTable ? this.#text("string") : undefined;
    const format = isTable ? this.#text("format") : undefined;
    stack.pop();
    return text === undefined || format === undefined ? undefined : special("verbatim", `${format}:${text}`);
  }

  /** Keys and values in turn of the table that field `name` is. */
  #pairs(name: string, depth: number): ReplyValue[] | undefined {
    const stack = this.#stack;
    stack.getField(-1, name);
    if (stack.typeOf(-1) !== LUA_TYPE.table) {
      stack.pop();
      return undefined;
    }
    const items: ReplyValue[] = [];
    stack.pushNil();
    while (stack.lua.lua_next(stack.state, -2) !== 0) {
      const value = this.read(depth + 1);
      stack.pop();
      items.push(this.read(depth + 1), value);
    }
    stack.pop();
    return items;
  }
}

/** As C converts a double to a 64-bit integer. */
function integerOf(number: number): number {
  if (!Number.isFinite(number) || Math.abs(number) >= 2 ** 63) return -(2 ** 63);
  return Math.trunc(number) + 0;
}

function doubleText(number: number): string {
  if (Number.isNaN(number)) return "nan";
  if (!Number.isFinite(number)) return number > 0 ? "inf" : "-inf";
  return String(number);
}

/** `protocol`: the one that the script has asked for; the client's own is the output's. */
export function writeReply(out: Output, value: ReplyValue, protocol: 2 | 3): void {
  if (value === null) return out.nil();
  if (typeof value === "number") return out.integer(BigInt(value));
  if (typeof value === "boolean") return writeBoolean(out, value, protocol);
  if (value instanceof Uint8Array) return out.bulk(value, 0, value.length);
  if (!("kind" in value)) {
    out.array(value.length);
    for (const item of value) writeReply(out, item, protocol);
    return;
  }
  writeSpecial(out, value, protocol);
}

function writeBoolean(out: Output, value: boolean, protocol: 2 | 3): void {
  if (protocol === 3 && out.protocol === 3) out.raw(value ? "#t\r\n" : "#f\r\n");
  else if (value) out.integer(1);
  else if (protocol === 3) out.integer(0);
  else out.nil();
}

function writeSpecial(out: Output, { kind, text, items }: Special, protocol: 2 | 3): void {
  switch (kind) {
    case "error":
      return out.error(text);
    case "status":
      return out.simple(text.replaceAll(/[\r\n]/g, " "));
    case "map":
      out.map(items.length / 2);
      break;
    case "set":
      out.set(items.length);
      break;
    default:
      return writeText(out, kind, text);
  }
  for (const item of items) writeReply(out, item, protocol);
}

function writeText(out: Output, kind: "double" | "big_number" | "verbatim", text: string): void {
  if (out.protocol === 3 && kind !== "verbatim")
    return out.raw(`${kind === "double" ? "," : "("}${text}\r\n`);
  if (out.protocol === 3) return out.raw(`=${text.length}\r\n${text}\r\n`);
  const bytes = Buffer.from(kind === "verbatim" ? text.slice(text.indexOf(":") + 1) : text, "latin1");
  out.bulk(bytes, 0, bytes.length);
}
