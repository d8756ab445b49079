// Pushes the reply of an inner command on Lua's stack: in Redis's conversions from RESP to Lua. Warm.

import type { LuaStack } from "./lua-stack.ts";

const CRLF = Buffer.from("\r\n");

/** Pushes the one reply that `bytes` are; `false`: it is an error, pushed as a table with the field `err`. */
export function pushReply(stack: LuaStack, bytes: Buffer): boolean {
  new ReplyPusher(stack, bytes).push();
  return bytes[0] !== 0x2d;
}

/** Pushes a table with one field, a text. */
export function pushMarked(stack: LuaStack, name: string, text: string): void {
  stack.pushTable(0, 1);
  stack.pushText(name);
  stack.pushText(text);
  stack.setField();
}

class ReplyPusher {
  readonly #stack: LuaStack;
  readonly #bytes: Buffer;
  #at = 0;

  constructor(stack: LuaStack, bytes: Buffer) {
    this.#stack = stack;
    this.#bytes = bytes;
  }

  push(): void {
    const stack = this.#stack;
    if (!stack.makeRoom()) throw new Error("no room on Lua's stack");
    const kind = String.fromCharCode(this.#bytes[this.#at]!);
    const line = this.#line();
    switch (kind) {
      case "+":
        return pushMarked(stack, "ok", line);
      case "-":
        return pushMarked(stack, "err", line);
      case ":":
        return stack.pushNumber(Number(line));
      case "$":
        return this.#pushBulk(Number(line));
      case "*":
        return this.#pushList(Number(line));
      case "_":
        return stack.pushNil();
      case "#":
        return stack.pushBoolean(line === "t");
      case ",":
        return this.#pushDouble(line);
      case "%":
        return this.#pushFields("map", Number(line), () => this.push());
      case "~":
        return this.#pushFields("set", Number(line), () => stack.pushBoolean(true));
      case "=":
        return this.#pushVerbatim(Number(line));
      default:
        throw new Error("a reply that Lua has no value for");
    }
  }

  #line(): string {
    const end = this.#bytes.indexOf(CRLF, this.#at);
    const line = this.#bytes.latin1Slice(this.#at + 1, end);
    this.#at = end + CRLF.length;
    return line;
  }

  #take(length: number): Buffer {
    const bytes = this.#bytes.subarray(this.#at, this.#at + length);
    this.#at += length + CRLF.length;
    return bytes;
  }

  #pushBulk(length: number): void {
    if (length < 0) this.#stack.pushBoolean(false);
    else this.#stack.pushBytes(this.#take(length));
  }

  #pushList(length: number): void {
    if (length < 0) return this.#stack.pushBoolean(false);
    this.#stack.pushTable(length, 0);
    for (let i = 1; i <= length; i++) {
      this.push();
      this.#stack.setItem(i);
    }
  }

  #pushDouble(text: string): void {
    const stack = this.#stack;
    stack.pushTable(0, 1);
    stack.pushText("double");
    stack.pushNumber(text === "inf" ? Infinity : text === "-inf" ? -Infinity : Number(text));
    stack.setField();
  }

  /** A table whose field `name` has the keys that follow, each with what `pushValue` pushes. */
  #pushFields(name: string, count: number, pushValue: () => void): void {
    const stack = this.#stack;
    stack.pushTable(0, 1);
    stack.pushText(name);
    stack.pushTable(0, count);
    for (let i = 0; i < count; i++) {
      this.push();
      pushValue();
      stack.setField();
    }
    stack.setField();
  }

  #pushVerbatim(length: number): void {
    const stack = this.#stack;
    const text = this.#take(length).latin1Slice();
    stack.pushTable(0, 1);
    stack.pushText("verbatim_string");
    stack.pushTable(0, 2);
    for (const [name, part] of [
      ["format", text.slice(0, 3)],
      ["string", text.slice(4)],
    ] as const) {
      stack.pushText(name);
      stack.pushText(part);
      stack.setField();
    }
    stack.setField();
  }
}
