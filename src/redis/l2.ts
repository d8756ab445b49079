// One partition's L2 on Redis: a connection that was first asked whose run it is, kept up for as long as it is wanted.

import { within } from "../base/deadline.ts";
import { CONNECT_MS_MAX, RECONNECT_MS_MAX, RECONNECT_MS_MIN } from "../base/limits.ts";
import { L2Error } from "../store/l2-error.ts";
import type { L2, L2Operation, L2Operations } from "../store/l2.ts";
import type { RedisConnection } from "./connection.ts";
import { locate } from "./endpoint.ts";
import type { RedisNames } from "./names.ts";
import { RedisOperations } from "./operations.ts";
import type { RedisPool } from "./pool.ts";
import { adoptSequence } from "./sequence.ts";

export interface RedisL2Options {
  readonly urls: readonly string[];
  readonly pool: RedisPool;
  readonly names: RedisNames;
  /** The run of Redis whose clock deadlines are reckoned by, once it was read. */
  readonly clockRunId: () => string | undefined;
  /** Called whenever the connection has come up. */
  readonly onUp: () => void;
  readonly onDown: (reason: unknown) => void;
  /** Called when nothing that came from this Redis may be believed any more. */
  readonly onDoubt: (reason: string) => void;
}

export class RedisL2 implements L2 {
  readonly #options: RedisL2Options;
  #connection: RedisConnection | undefined;
  #isStopped = false;
  #wake: (() => void) | undefined;
  readonly #operations: RedisOperations;

  constructor(options: RedisL2Options) {
    this.#options = options;
    this.#operations = new RedisOperations(options.names, options.clockRunId);
  }

  get isUp(): boolean {
    return this.#connection !== undefined;
  }

  /** Keeps a connection up until `stop`; never rejects. */
  async run(): Promise<void> {
    let waitMs = RECONNECT_MS_MIN;
    while (!this.#isStopped) {
      try {
        await this.#connect();
        waitMs = RECONNECT_MS_MIN;
        this.#options.onUp();
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
          if (this.#connection === undefined || this.#isStopped) resolve();
        });
      } catch (thrown) {
        this.#options.onDown(thrown);
      }
      if (this.#isStopped) return;
      await Bun.sleep(waitMs);
      waitMs = Math.min(2 * waitMs, RECONNECT_MS_MAX);
    }
  }

  stop(): void {
    this.#isStopped = true;
    this.#connection = undefined;
    this.#wake?.();
  }

  async #connect(): Promise<void> {
    const { urls, pool, names } = this.#options;
    const endpoint = await locate(urls, names.sequence);
    const closed = Promise.withResolvers<never>();
    closed.promise.catch(() => {});
    const connection = await pool.get(endpoint, "commands", {
      onDoubt: this.#options.onDoubt,
      onClosed: () => {
        this.#connection = undefined;
        closed.reject(new L2Error("closed", "the connection was closed"));
        this.#wake?.();
      },
    });
    try {
      await within(
        CONNECT_MS_MAX,
        "asking for the sequence",
        Promise.race([adoptSequence(connection, names), closed.promise]),
      );
    } catch (thrown) {
      connection.close();
      throw thrown;
    }
    if (!connection.isClosed) this.#connection = connection;
  }

  call<O extends L2Operation>(
    operation: O,
    request: L2Operations[O]["request"],
  ): Promise<L2Operations[O]["reply"]> {
    const connection = this.#connection;
    if (connection === undefined) return Promise.reject(new L2Error("closed", "Redis is not connected"));
    return this.#operations.run(connection, operation, request);
  }
}
