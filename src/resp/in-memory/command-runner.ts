// Runs commands that come by another way than a RESP connection, with the rights of an API key.

import { within } from "../../base/deadline.ts";
import { COMMANDS_MS_MAX, REST_REPLY_BYTES_MAX } from "../../base/limits.ts";
import type { RespLaneOptions } from "../commands/services.ts";
import { RespConnection } from "../connection/resp-connection.ts";
import { RespLane } from "../lane.ts";
import { OVERLOADED } from "../wire/refusal.ts";
import { MemorySocket } from "./memory-socket.ts";
import { ReplyError, ReplyReader, type Reply } from "./reply-reader.ts";

export type CommandArguments = readonly (string | Uint8Array)[];

/** Whether the process has room for so many bytes of replies. */
type Reserve = (bytes: number) => boolean;

/** Commands that change what a connection is: there is none that lasts. */
const CONNECTION_COMMANDS: ReadonlySet<string> = new Set([
  "auth",
  "client",
  "hello",
  "quit",
  "reset",
  "monitor",
  "subscribe",
  "psubscribe",
  "unsubscribe",
  "punsubscribe",
  "multi",
  "exec",
  "discard",
  "watch",
  "unwatch",
]);

export class CommandRunner {
  readonly #lane: RespLane;

  constructor(options: RespLaneOptions) {
    this.#lane = new RespLane(options, new Map());
  }

  /** Names of the commands that can be run, in lower case. */
  get names(): string[] {
    return [...this.#lane.commands.keys()].filter(
      (name) => !name.includes("|") && !CONNECTION_COMMANDS.has(name),
    );
  }

  /**
   * One reply for each command, in order; they are run in order, other clients' between them. `reserve`: whether the
   * replies may have so many bytes in all; past it no further command is run, and what is left is answered with an error.
   */
  run(secret: string, commands: readonly CommandArguments[], reserve: Reserve): Promise<readonly Reply[]> {
    const allowed = commands.map((args) => !needsConnection(args));
    return this.#converse(
      secret,
      commands.filter((_, i) => allowed[i]!),
      reserve,
    ).then((replies) => {
      let at = 0;
      return allowed.map((isAllowed) => (isAllowed ? replies[at++]! : NO_CONNECTION));
    });
  }

  /** As one transaction: the replies of all, or one error where none was run. */
  async transact(
    secret: string,
    commands: readonly CommandArguments[],
    reserve: Reserve,
  ): Promise<readonly Reply[] | ReplyError> {
    if (commands.some(needsConnection)) return NO_CONNECTION;
    const [begun] = await this.#converse(secret, [["MULTI"], ["DISCARD"]], reserve);
    if (begun instanceof ReplyError) return begun;
    const replies = await this.#converse(secret, [["MULTI"], ...commands, ["EXEC"]], reserve);
    const last = replies.at(-1);
    if (last instanceof ReplyError) return firstError(replies.slice(1, -1)) ?? last;
    return Array.isArray(last)
      ? (last as readonly Reply[])
      : new ReplyError("EXECABORT the transaction was not run");
  }

  async #converse(
    secret: string,
    commands: readonly CommandArguments[],
    reserve: Reserve,
  ): Promise<readonly Reply[]> {
    if (commands.length === 0) return [];
    const done = Promise.withResolvers<readonly Reply[]>();
    const reader = new ReplyReader();
    const replies: Reply[] = [];
    let bytes = 0;
    let rest: Reply | undefined;
    /** What has no reply yet gets `reply`. */
    const stop = (reply: Reply) => {
      rest ??= reply;
      done.resolve([...replies, ...Array.from({ length: commands.length - replies.length }, () => rest!)]);
    };
    const socket = new MemorySocket(
      (chunk) => {
        bytes += chunk.length;
        if (bytes > REST_REPLY_BYTES_MAX) stop(TOO_LARGE);
        else if (!reserve(bytes)) stop(NO_ROOM);
        if (rest !== undefined) return false;
        reader.feed(chunk);
        for (let reply = reader.next(); reply !== undefined; reply = reader.next()) replies.push(reply);
        if (replies.length >= commands.length) done.resolve(replies);
        return true;
      },
      () => stop(ENDED),
    );
    const connection = new RespConnection(this.#lane, socket);
    try {
      if (connection.session.authenticate(undefined, secret) !== "ok") return commands.map(() => NO_KEY);
      for (const args of commands) {
        if (rest !== undefined) break;
        connection.receive(encode(args));
      }
      return await within(COMMANDS_MS_MAX, "the commands", done.promise);
    } finally {
      connection.closed();
    }
  }
}

const NO_CONNECTION = new ReplyError("ERR this command needs a connection that lasts");
const NO_KEY = new ReplyError("WRONGPASS the API key is not known here, or has too many connections");
const NO_ROOM = new ReplyError(OVERLOADED);
const ENDED = new ReplyError("ERR the commands were not answered");
const TOO_LARGE = new ReplyError(`ERR the replies are larger than ${REST_REPLY_BYTES_MAX} bytes`);

function needsConnection(args: CommandArguments): boolean {
  return CONNECTION_COMMANDS.has(String(args[0]).toLowerCase());
}

function firstError(replies: readonly Reply[]): ReplyError | undefined {
  return replies.find((reply) => reply instanceof ReplyError);
}

function encode(args: CommandArguments): Buffer {
  const parts: Uint8Array[] = [Buffer.from(`*${args.length}\r\n`)];
  for (const arg of args) {
    const bytes = typeof arg === "string" ? Buffer.from(arg) : arg;
    parts.push(Buffer.from(`$${bytes.length}\r\n`), bytes, Buffer.from("\r\n"));
  }
  return Buffer.concat(parts);
}
