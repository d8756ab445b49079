// Redis's commands over HTTP, as Upstash's REST protocol has them: POST /, /pipeline, /multi-exec, and commands as paths.

import { CacheeError } from "../../base/errors.ts";
import { BATCH_ITEMS_MAX, JSON_BYTES_MAX } from "../../base/limits.ts";
import { credentialsOf } from "../../gate/credentials.ts";
import type { Charge } from "../charge.ts";
import { charged, type Context, type Handler } from "../context.ts";
import { jsonReply } from "../reply/json-reply.ts";
import { pieceReply } from "../reply/piece-reply.ts";
import { Pieces } from "../reply/pieces.ts";
import { isError, RestJson, type RestReply } from "../reply/rest-json.ts";
import { acceptsGzip, type Preferences } from "../request/accept-encoding.ts";
import { readBody } from "../request/body.ts";
import { readJson } from "../request/json-body.ts";
import type { Route } from "../route.ts";
import { Turn } from "../turn.ts";

/** How many times its bytes a reply takes up: itself, and in base64. */
const WITH_JSON = 7 / 3;

/** Whether the replies may have so many bytes in all. */
type Reserve = (bytes: number) => boolean;

type Command = readonly (string | Uint8Array)[];

/** What this needs of the commands: one reply for each, in order. */
export interface CommandPort {
  /** In lower case. */
  readonly names: readonly string[];
  run(secret: string, commands: readonly Command[], reserve: Reserve): Promise<readonly RestReply[]>;
  /** All in one transaction; an error: none was run. */
  transact(
    secret: string,
    commands: readonly Command[],
    reserve: Reserve,
  ): Promise<readonly RestReply[] | { readonly message: string }>;
}

export interface RedisRestOptions {
  readonly commands: CommandPort;
  readonly preferences: Preferences;
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
  readonly #options: RedisRestOptions;
  readonly #bytesMax: number;

  constructor(options: RedisRestOptions) {
    this.#options = options;
    // Base64 makes three bytes four.
    this.#bytesMax = Math.max(JSON_BYTES_MAX, Math.ceil(options.valueBytesMax * 1.4));
  }

  async one(context: Context): Promise<Response> {
    return this.#answerOne(context, commandOf(await readJson(context, this.#bytesMax), "the body"));
  }

  async pipeline(context: Context): Promise<Response> {
    const commands = commandsOf(await readJson(context, this.#bytesMax));
    const charge = charged(context, "answer");
    const replies = await this.#options.commands.run(secretOf(context), commands, reserveOf(charge));
    return this.#answer(context, replies, charge);
  }

  async transaction(context: Context): Promise<Response> {
    const commands = commandsOf(await readJson(context, this.#bytesMax));
    const charge = charged(context, "answer");
    const replies = await this.#options.commands.transact(secretOf(context), commands, reserveOf(charge));
    if (isError(replies)) return jsonReply({ error: replies.message }, 400);
    return this.#answer(context, replies, charge);
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
    const charge = charged(context, "answer");
    const replies = await this.#options.commands.run(secretOf(context), [command], reserveOf(charge));
    const [reply = null] = replies;
    return isError(reply)
      ? jsonReply({ error: reply.message }, 400)
      : this.#answer(context, reply, charge, true);
  }

  /** `charge`: that of the replies, which is the answer's from now on. */
  async #answer(context: Context, replies: RestReply, charge: Charge, isOne = false): Promise<Response> {
    const { headers } = context.request;
    const turn = new Turn(context);
    const pieces = new Pieces(charge, turn);
    const json = new RestJson(pieces, turn, headers.get("upstash-encoding") === "base64");
    await (isOne ? json.addResult(replies) : json.addResults(replies as readonly RestReply[]));
    const gzip = acceptsGzip(this.#options.preferences, headers);
    return pieceReply(pieces, gzip, charge, context);
  }
}

/** Replies are charged with their JSON, so that there is room for it once the commands have been run. */
function reserveOf(charge: Charge): Reserve {
  return (bytes) => charge.mayCover(WITH_JSON * bytes);
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
