// One partition's bus on Redis: its channel, and its sequence read on the connection that the channel comes by.

import { within } from "../base/deadline.ts";
import { CONNECT_MS_MAX } from "../base/limits.ts";
import type { Bus, BusConnection, BusListener } from "../coherence/bus.ts";
import type { RedisConnection } from "./connection.ts";
import { locate } from "./endpoint.ts";
import { adoptSequence, readSequence } from "./sequence.ts";
import type { RedisNames } from "./names.ts";
import type { RedisPool } from "./pool.ts";

export class RedisBus implements Bus {
  /** The run of Redis that the last tick was answered by. */
  clockRunId: string | undefined;
  readonly #urls: readonly string[];
  readonly #pool: RedisPool;
  readonly #names: RedisNames;
  #listener: BusListener | undefined;
  #address: string | undefined;

  constructor(urls: readonly string[], pool: RedisPool, names: RedisNames) {
    this.#urls = urls;
    this.#pool = pool;
    this.#names = names;
  }

  async open(listener: BusListener): Promise<BusConnection> {
    this.#listener = listener;
    const names = this.#names;
    const endpoint = await locate(this.#urls, names.sequence);
    this.#address = endpoint.name;
    const connection = await this.#pool.get(endpoint, "subscriber", {
      onClosed: () => listener.onClosed(),
      onDoubt: (reason) => listener.onDoubt(reason),
    });
    try {
      const subscribing = this.#subscribe(connection, (text) => listener.onMessage(text));
      await within(CONNECT_MS_MAX, "subscribing", subscribing);
    } catch (thrown) {
      connection.close();
      throw thrown;
    }
    return {
      tick: async () => {
        const reading = await readSequence(connection, names);
        // Once the reading has been taken in, which takes some turns of promises.
        setImmediate(() => (this.clockRunId = connection.runId));
        return reading;
      },
      close: () => connection.close(),
    };
  }

  renew(reason: string): void {
    if (this.#address !== undefined) this.#pool.doubt(this.#address, reason);
  }

  /** An answer on another connection of this partition came from elsewhere. */
  doubt(reason: string): void {
    this.#listener?.onDoubt(reason);
  }

  async #subscribe(connection: RedisConnection, onMessage: (text: string) => void): Promise<void> {
    const names = this.#names;
    await adoptSequence(connection, names);
    await connection.subscribe(names.channel, names.isSharded, onMessage);
    if (names.handChannel !== undefined) await connection.subscribe(names.handChannel, false, onMessage);
  }
}
