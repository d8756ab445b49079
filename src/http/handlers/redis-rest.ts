// Redis's commands over HTTP, as Upstash's REST protocol has them: POST /, /pipeline, /multi-exec, and commands as paths.

import { CacheeError } from "../../base/errors.ts";
import { BATCH_ITEMS_MAX, JSON_BYTES_MAX } from "../../base/limits.ts";
import { credentialsOf } from "../../gate/credentials.ts";
import type { Context, Handler } from "../context.ts";
import { jsonReply } from "../reply/json-reply.ts";
import { readBody } from "../request/body.ts";
import { readJson } from "../request/json-body.ts";
import type { Route } from "../route.ts";

/** A reply of Redis: an error is an object with its message. */
export type RestReply =
  string | number | null | Uint8Array | { readonly message: string } | readonly RestReply[];

type Command = readonly (string | Uint8Array)[];

/** What this needs of the commands: one reply for each, in order. */
export interface CommandPort {
  /** In lower case. */
  readonly names: readonly string[];
  run(secret: string, commands: readonly Command[]): Promise<readonly RestReply[]>;
  /** All in one transaction; an error: none was run. */
  transact(
    secret: string,
    commands: readonly Command[],
  ): Promise<readonly RestReply[] | { readonly message: string }>;
}

export interface RedisRestOptions {
  readonly commands: CommandPort;
  readonly valueBytesMax: number;
}

/** Rights are those of each command, so any key may come this far. */
export function redisRestRoutes(options: RedisRestOptions): Route[] {
  const rest = new RedisRest(options);
  const row = (method: "GET" | "POST", path: string, handler: Handler): Route => ({
    method,
    path,
    access: "any key",
    work: "http commands",
    handler,
  });
  return [
    row("POST", "/", (context) => rest.one(context)),
    row("POST", "/pipeline", (context) => rest.pipeline(context)),
    row("POST", "/multi-exec", (context) => rest.transaction(context)),
    ...options.commands.names.flatMap((name) =>
      [`/${name}`, `/${name}/*`].flatMap((path) => [
        row("GET", path, (context) => rest.path(context)),
        row("POST", path, (context) => rest.path(context)),
      ]),
    ),
  ];
}

class RedisRest {
  readonly #commands: CommandPort;
  readonly #bytesMax: number;

  constructor({ commands, valueBytesMax }: RedisRestOptions) {
    this.#commands = commands;
    // Base64 makes three bytes four.
    this.#bytesMax = Math.max(JSON_BYTES_MAX, Math.ceil(valueBytesMax * 1.4));
  }

  async one(context: Context): Promise<Response> {
    return this.#answerOne(context, commandOf(await readJson(context, this.#bytesMax), "the body"));
  }

  async pipeline(context: Context): Promise<Response> {
    const commands = commandsOf(await readJson(context, this.#bytesMax));
    const replies = await this.#commands.run(secretOf(context), commands);
    return jsonReply(replies.map((reply) => itemOf(reply, isBase64(context))));
  }

  async transaction(context: Context): Promise<Response> {
    const commands = commandsOf(await readJson(context, this.#bytesMax));
    const replies = await this.#commands.transact(secretOf(context), commands);
    if (isError(replies)) return jsonReply({ error: replies.message }, 400);
    return jsonReply(replies.map((reply) => itemOf(reply, isBase64(context))));
  }

  /** `GET /set/key/value`, `POST /set/key?EX=100` with the value as the body. */
  async path(context: Context): Promise<Response> {
    const command: (string | Uint8Array)[] = context.path.slice(1).split("/").map(decoded);
    if (context.request.method === "POST") {
      const body = await readBody(context, this.#bytesMax, "body_too_large");
      if (body.length > 0) command.push(body);
    }
    for (const [name, value] of new URLSearchParams(context.query)) {
      command.push(name);
      if (value !== "") command.push(value);
    }
    return this.#answerOne(context, command);
  }

  async #answerOne(context: Context, command: Command): Promise<Response> {
    const [reply = null] = await this.#commands.run(secretOf(context), [command]);
    return jsonReply(itemOf(reply, isBase64(context)), isError(reply) ? 400 : 200);
  }
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw new CacheeError("bad_batch", "The path has a bad escape.");
  }
}

function secretOf({ request }: Context): string {
  return credentialsOf(request.headers)?.secret ?? "";
}

function isBase64({ request }: Context): boolean {
  return request.headers.get("upstash-encoding") === "base64";
}

function commandsOf(value: unknown): Command[] {
  if (!Array.isArray(value)) throw new CacheeError("bad_batch", "The body is not an array of commands.");
  if (value.length > BATCH_ITEMS_MAX) {
    throw new CacheeError("bad_batch", `The body has more than ${BATCH_ITEMS_MAX} commands.`);
  }
  return value.map((item, i) => commandOf(item, `command ${i}`));
}

function commandOf(value: unknown, place: string): Command {
  if (!Array.isArray(value) || value.length === 0) {
    throw new CacheeError("bad_batch", `${place} is not an array with a command's name and arguments.`);
  }
  return value.map((argument: unknown) => {
    if (typeof argument === "string" && argument.isWellFormed()) return argument;
    if (typeof argument === "number" || typeof argument === "boolean") return String(argument);
    if (typeof argument === "object" && argument !== null) return JSON.stringify(argument);
    throw new CacheeError("bad_batch", `${place} has an argument that is no string, number or boolean.`);
  });
}

function isError(reply: unknown): reply is { readonly message: string } {
  return typeof reply === "object" && reply !== null && "message" in reply;
}

function itemOf(reply: RestReply, base64: boolean): { result: unknown } | { error: string } {
  return isError(reply) ? { error: reply.message } : { result: resultOf(reply, base64) };
}

/** Bytes become text, or base64 where that was asked for: then every string but `OK`, as Upstash's clients expect. */
function resultOf(reply: RestReply, base64: boolean): unknown {
  if (Array.isArray(reply)) return (reply as readonly RestReply[]).map((item) => resultOf(item, base64));
  if (isError(reply)) return { error: reply.message };
  if (typeof reply === "number" || reply === null) return reply;
  if (!base64) return typeof reply === "string" ? reply : Buffer.from(reply as Uint8Array).toString("utf8");
  return reply === "OK" ? reply : Buffer.from(reply as string | Uint8Array).toString("base64");
}
