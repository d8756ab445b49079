// Shares connections among the partitions that live on one server: one for each purpose and address.

import { RedisConnection } from "./connection.ts";
import type { RedisEndpoint } from "./endpoint.ts";

interface Shared {
  readonly opening: Promise<RedisConnection>;
  readonly onClosed: Set<() => void>;
}

export class RedisPool {
  readonly #byName = new Map<string, Shared>();
  readonly #silenceMsMax: number | undefined;

  /** `silenceMsMax` as RedisConnection has it. */
  constructor(silenceMsMax: number | undefined) {
    this.#silenceMsMax = silenceMsMax;
  }

  /** The connection to `endpoint`, opened if need be; `onClosed` is called once when it ends. */
  async get(endpoint: RedisEndpoint, onClosed: () => void): Promise<RedisConnection> {
    let shared = this.#byName.get(endpoint.name);
    if (shared === undefined) {
      shared = this.#open(endpoint);
      this.#byName.set(endpoint.name, shared);
    }
    const connection = await shared.opening;
    if (connection.isClosed) onClosed();
    else shared.onClosed.add(onClosed);
    return connection;
  }

  #open(endpoint: RedisEndpoint): Shared {
    const listeners = new Set<() => void>();
    const forget = () => {
      if (this.#byName.get(endpoint.name) === shared) this.#byName.delete(endpoint.name);
    };
    const opening = RedisConnection.open({
      endpoint,
      silenceMsMax: this.#silenceMsMax,
      onClosed: () => {
        forget();
        for (const listener of listeners) listener();
      },
    });
    const shared: Shared = { opening, onClosed: listeners };
    opening.catch(forget);
    return shared;
  }

  async close(): Promise<void> {
    for (const { opening } of this.#byName.values()) {
      await opening.then(
        (connection) => connection.close(),
        () => {},
      );
    }
  }
}
