// Shares connections among the partitions that live on one server: one for each purpose and address.
//
// The connections to one address may lead to different servers behind it. When one of them is found to lead elsewhere
// than it did, all of them are in doubt, and all are made anew.

import { RedisConnection } from "./connection.ts";
import type { RedisEndpoint } from "./endpoint.ts";

/** `subscriber`: for invalidations; `messages`: for what clients publish to one another. */
export type RedisPurpose = "commands" | "subscriber" | "messages";

/** Whoever uses a connection; each is called once at the most. */
export interface RedisUser {
  onClosed(): void;
  /** Called before `onClosed` where nothing that came from this address may be believed any more. */
  onDoubt(reason: string): void;
}

interface Shared {
  readonly address: string;
  readonly opening: Promise<RedisConnection>;
  readonly users: Set<RedisUser>;
}

export class RedisPool {
  readonly #byName = new Map<string, Shared>();
  readonly #silenceMsMax: number;

  /** `silenceMsMax` as RedisConnection has it; subscribers are watched by the ticks on them. */
  constructor(silenceMsMax: number) {
    this.#silenceMsMax = silenceMsMax;
  }

  /** The connection to `endpoint` for `purpose`, opened if need be. */
  async get(endpoint: RedisEndpoint, purpose: RedisPurpose, user: RedisUser): Promise<RedisConnection> {
    const name = `${purpose} ${endpoint.name}`;
    let shared = this.#byName.get(name);
    if (shared === undefined) {
      shared = this.#open(endpoint, purpose, name);
      this.#byName.set(name, shared);
    }
    const connection = await shared.opening;
    if (connection.isClosed) user.onClosed();
    else shared.users.add(user);
    return connection;
  }

  /** Closes all connections to an address. */
  doubt(address: string, reason: string): void {
    const doubted = [...this.#byName].filter(([, shared]) => shared.address === address);
    for (const [name] of doubted) this.#byName.delete(name);
    for (const [, { users }] of doubted) for (const user of users) user.onDoubt(reason);
    for (const [, { opening }] of doubted) {
      opening.then(
        (connection) => connection.close(),
        () => {},
      );
    }
  }

  #open(endpoint: RedisEndpoint, purpose: RedisPurpose, name: string): Shared {
    const users = new Set<RedisUser>();
    const forget = () => {
      if (this.#byName.get(name) === shared) this.#byName.delete(name);
    };
    const opening = RedisConnection.open({
      endpoint,
      silenceMsMax: purpose === "subscriber" ? undefined : this.#silenceMsMax,
      onDoubt: (reason) => this.doubt(endpoint.name, reason),
      onClosed: () => {
        forget();
        for (const user of users) user.onClosed();
      },
    });
    const shared: Shared = { address: endpoint.name, opening, users };
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
