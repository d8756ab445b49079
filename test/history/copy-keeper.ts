// A Redis client that keeps copies of what it reads and drops those that it is told of (RESP3, CLIENT TRACKING ON).
//
// It trusts its copies for as long as the connection has lately been heard from: what it was told came before that.

import { within } from "../../src/base/deadline.ts";
import type { Random } from "../simulation/random.ts";
import { RespConnection } from "../support/resp-connection.ts";
import { KEYS } from "./client.ts";
import type { History } from "./history.ts";
import { pass } from "./pass.ts";

/** A copy may be used this long after a question that was answered. */
const TRUST_MS = 200;
const ANSWER_MS_MAX = 2_000;

export interface CopyKeeperOptions {
  readonly id: number;
  readonly port: number;
  readonly secret: string;
  readonly history: History;
  readonly random: Random;
}

export class CopyKeeper {
  /** Copies that were used. */
  used = 0;
  readonly #options: CopyKeeperOptions;
  readonly #copies = new Map<string, string>();
  #askedMs = Number.NEGATIVE_INFINITY;

  constructor(options: CopyKeeperOptions) {
    this.#options = options;
  }

  async run(untilMs: number): Promise<void> {
    while (performance.now() < untilMs) {
      this.#copies.clear();
      let connection: RespConnection | undefined;
      try {
        connection = await RespConnection.open(this.#options.port, this.#options.secret);
        await this.#ask(connection, "HELLO", "3");
        await this.#ask(connection, "CLIENT", "TRACKING", "ON");
        await this.#use(connection, untilMs);
      } catch {
        // The connection was lost, and so are the copies.
      }
      connection?.close();
      await pass(20);
    }
  }

  async #use(connection: RespConnection, untilMs: number): Promise<void> {
    const { random } = this.#options;
    while (performance.now() < untilMs) {
      const key = random.pick(KEYS);
      const copy = this.#copies.get(key);
      const sinceMs = performance.now() - this.#askedMs;
      if (copy !== undefined && sinceMs < TRUST_MS) {
        this.used += 1;
        this.#saw(key, copy, this.#askedMs);
      } else await this.#get(connection, key);
      await pass(random.between(0, 4));
    }
  }

  async #get(connection: RespConnection, key: string): Promise<void> {
    const askedMs = performance.now();
    const reply = await this.#ask(connection, "GET", key);
    this.#askedMs = askedMs;
    const value = reply.startsWith("$") && !reply.startsWith("$-1") ? reply.split("\r\n")[1]! : undefined;
    if (value === undefined) return;
    this.#copies.set(key, value);
    this.#saw(key, value, askedMs);
  }

  /** The value of `key` was taken for true at a moment when all was heard that came before `provenMs`. */
  #saw(key: string, value: string, provenMs: number): void {
    const { id, history } = this.#options;
    history.copy({ client: id, key, value, invokedMs: provenMs, returnedMs: performance.now() });
  }

  /** The answer to a command; the pushes that come before it are obeyed. */
  async #ask(connection: RespConnection, ...words: string[]): Promise<string> {
    connection.send(...words);
    const untilMs = performance.now() + ANSWER_MS_MAX;
    for (;;) {
      const ms = untilMs - performance.now();
      const reply = (await within(ms, "an answer", connection.reply())).toString("latin1");
      if (!reply.startsWith(">")) return reply;
      this.#obey(reply);
    }
  }

  #obey(push: string): void {
    const parts = push.split("\r\n");
    if (parts[2] !== "invalidate") return;
    if (parts[3]?.startsWith("*") !== true) this.#copies.clear();
    for (let i = 5; i < parts.length; i += 2) this.#copies.delete(parts[i]!);
  }
}
