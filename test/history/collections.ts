// Clients of a hash and a set, of transactions over both and of a channel: what one was acknowledged, another one's change
// may not undo, and what was written together is there together.
//
// Each client has fields, members and messages of its own, and counts them: a count that falls has lost something.

import { within } from "../../src/base/deadline.ts";
import { ReplyReader, type Reply } from "../../src/resp/in-memory/reply-reader.ts";
import type { Random } from "../simulation/random.ts";
import { RespConnection } from "../support/resp-connection.ts";
import type { History } from "./history.ts";
import { pass } from "./pass.ts";

/** The hash has what each client has counted alone and in transactions, the set the latter's counts. */
const HASH = "kinds/hash";
const SET = "kinds/set";
const CHANNEL = "news";
const ANSWER_MS_MAX = 2_000;

export interface CollectionClientOptions {
  readonly id: number;
  readonly port: number;
  readonly secret: string;
  readonly history: History;
  readonly random: Random;
}

export class CollectionClient {
  /** Operations that were answered. */
  done = 0;
  readonly #options: CollectionClientOptions;
  #counted = 0;

  constructor(options: CollectionClientOptions) {
    this.#options = options;
  }

  async run(untilMs: number): Promise<void> {
    const { port, secret, random } = this.#options;
    while (performance.now() < untilMs) {
      let connection: RespConnection | undefined;
      try {
        connection = await RespConnection.open(port, secret);
        while (performance.now() < untilMs) {
          await this.#operate(connection);
          await pass(random.between(0, 10));
        }
      } catch {
        // The connection was lost: nothing is known of what was asked last.
      }
      connection?.close();
      await pass(20);
    }
  }

  async #operate(connection: RespConnection): Promise<void> {
    const { id, random } = this.#options;
    const count = ++this.#counted;
    const dice = random.next();
    if (dice < 0.4) await this.#read(connection);
    else if (dice < 0.7) await this.#write(connection, `own${id}`, count);
    else if (dice < 0.9) await this.#writeBoth(connection, count);
    else await ask(connection, "PUBLISH", CHANNEL, `${id}:${count}`);
    this.done += 1;
  }

  async #read(connection: RespConnection): Promise<void> {
    const { id, history } = this.#options;
    const invokedMs = performance.now();
    const reply = await ask(connection, "HGETALL", HASH);
    if (!Array.isArray(reply)) return;
    const counts = new Map(pairsOf(reply).map(([field, count]) => [field, Number(count)]));
    history.tallied({ client: id, counts, invokedMs, returnedMs: performance.now() });
  }

  async #write(connection: RespConnection, field: string, count: number): Promise<void> {
    const invokedMs = performance.now();
    const reply = await ask(connection, "HSET", HASH, field, String(count));
    if (typeof reply === "number") this.#counts(field, count, invokedMs);
  }

  async #writeBoth(connection: RespConnection, count: number): Promise<void> {
    const { id } = this.#options;
    const field = `both${id}`;
    const invokedMs = performance.now();
    for (const words of [["MULTI"], ["HSET", HASH, field, String(count)], ["SADD", SET, `${id}:${count}`]]) {
      await ask(connection, ...words);
    }
    const reply = await ask(connection, "EXEC");
    const isDone = Array.isArray(reply) && reply.every((part) => typeof part === "number");
    if (isDone) this.#counts(field, count, invokedMs);
  }

  #counts(field: string, count: number, invokedMs: number): void {
    this.#options.history.count({ field, count, invokedMs, ackedMs: performance.now() });
  }
}

/** Hears each publisher's messages in the order in which it published them, each once. */
export async function hearNews(options: CollectionClientOptions, untilMs: number): Promise<void> {
  const { port, secret, history } = options;
  while (performance.now() < untilMs) {
    const heard = new Map<string, number>();
    let connection: RespConnection | undefined;
    try {
      connection = await RespConnection.open(port, secret);
      connection.send("SUBSCRIBE", CHANNEL);
      for (;;) {
        const reply = await answer(connection, untilMs - performance.now());
        const [kind, , message] = Array.isArray(reply) ? reply.map(textOf) : [];
        if (kind !== "message") continue;
        const [from = "", number] = message!.split(":");
        const last = heard.get(from) ?? 0;
        if (Number(number) <= last) history.violate(`message ${number} of ${from} was heard after ${last}`);
        heard.set(from, Number(number));
      }
    } catch {
      // The connection was lost, or the time is over.
    }
    connection?.close();
    await pass(20);
  }
}

/** What was written to both keys in one step is in both, or in none: the differences, as sentences. */
export async function halves(port: number, secret: string): Promise<string[]> {
  const connection = await RespConnection.open(port, secret);
  const [hash, set] = [await ask(connection, "HGETALL", HASH), await ask(connection, "SMEMBERS", SET)];
  connection.close();
  if (!Array.isArray(hash) || !Array.isArray(set)) return [];
  const last = new Map<string, number>();
  for (const member of set.map(textOf)) {
    const [id = "", count] = member.split(":");
    last.set(id, Math.max(last.get(id) ?? 0, Number(count)));
  }
  return pairsOf(hash).flatMap(([field, count]) => {
    const own = /^both(\d+)$/.exec(field)?.[1];
    const other = own === undefined ? undefined : last.get(own);
    const isHalf = other !== undefined && other !== Number(count);
    return isHalf ? [`${field} is ${count} where ${SET} has ${other}`] : [];
  });
}

async function ask(connection: RespConnection, ...words: string[]): Promise<Reply> {
  connection.send(...words);
  return answer(connection, ANSWER_MS_MAX);
}

/** The next reply; the connection is closed where none comes within `ms`. */
async function answer(connection: RespConnection, ms: number): Promise<Reply> {
  try {
    const reader = new ReplyReader();
    reader.feed(await within(ms, "a reply", connection.reply()));
    return reader.next()!;
  } catch (thrown) {
    connection.close();
    throw thrown;
  }
}

function pairsOf(items: readonly Reply[]): [string, string][] {
  const words = items.map(textOf);
  return words.flatMap((word, i): [string, string][] => (i % 2 === 0 ? [[word, words[i + 1]!]] : []));
}

function textOf(reply: Reply): string {
  return reply instanceof Uint8Array ? new TextDecoder().decode(reply) : String(reply);
}
