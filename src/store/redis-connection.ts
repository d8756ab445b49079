// One connection to one Redis, from its greeting to its end; it never reconnects, so nothing on it happens twice.

import { createClient, RESP_TYPES } from "redis";
import { CONNECT_MS_MAX } from "../base/limits.ts";
import { L2Error } from "./l2-error.ts";
import type { RedisEndpoint } from "./redis-endpoint.ts";
import type { RedisScript } from "./redis-scripts.ts";

export type RedisArgument = string | Buffer;

export interface RedisConnectionOptions {
  readonly endpoint: RedisEndpoint;
  /** No byte for so long, with pings in between, ends the connection; `undefined` for none. */
  readonly silenceMsMax: number | undefined;
  /** Called once, when the connection has ended for whatever reason. */
  readonly onClosed: () => void;
}

function makeClient(options: RedisConnectionOptions) {
  const { endpoint, silenceMsMax } = options;
  return createClient({
    url: endpoint.url,
    disableOfflineQueue: true,
    maintNotifications: "disabled",
    disableClientInfo: true,
    ...(silenceMsMax === undefined ? {} : { pingInterval: Math.ceil(silenceMsMax / 4) }),
    socket: {
      connectTimeout: CONNECT_MS_MAX,
      reconnectStrategy: () => false,
      ...(silenceMsMax === undefined ? {} : { socketTimeout: silenceMsMax }),
    },
    commandOptions: { timeout: 0 },
  }).withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer });
}

type Client = ReturnType<typeof makeClient>;

export class RedisConnection {
  readonly #client: Client;
  readonly #onClosed: () => void;
  #isClosed = false;
  /** The server's own name for its present run. */
  runId = "";

  private constructor(client: Client, onClosed: () => void) {
    this.#client = client;
    this.#onClosed = onClosed;
  }

  /** Connects and greets; rejects when that fails or takes longer than CONNECT_MS_MAX. */
  static async open(options: RedisConnectionOptions): Promise<RedisConnection> {
    const client = makeClient(options);
    const connection = new RedisConnection(client, options.onClosed);
    client.on("error", () => connection.close());
    client.on("terminated", () => connection.close());
    client.on("end", () => connection.close());
    let timer: Timer | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error("Redis did not answer the greeting")), CONNECT_MS_MAX);
    });
    try {
      await Promise.race([connection.#greet(), late]);
    } catch (thrown) {
      connection.close();
      throw errorOf(thrown);
    } finally {
      clearTimeout(timer);
    }
    return connection;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  async #greet(): Promise<void> {
    await this.#client.connect();
    const info = String(await this.command(["INFO", "server"]));
    this.runId = /^run_id:(\w+)/m.exec(info)?.[1] ?? "";
  }

  /** Sends one command; rejects with `L2Error`, `refused` when Redis answered with an error. */
  async command(args: readonly RedisArgument[]): Promise<unknown> {
    try {
      return await this.#client.sendCommand(args as RedisArgument[]);
    } catch (thrown) {
      throw errorOf(thrown);
    }
  }

  async script(
    script: RedisScript,
    keys: readonly RedisArgument[],
    args: readonly RedisArgument[],
  ): Promise<unknown> {
    const rest = [String(keys.length), ...keys, ...args];
    try {
      return await this.#client.sendCommand(["EVALSHA", script.sha1, ...rest]);
    } catch (thrown) {
      if (thrown instanceof Error && thrown.message.startsWith("NOSCRIPT")) {
        return this.command(["EVAL", script.source, ...rest]);
      }
      throw this.#judge(errorOf(thrown));
    }
  }

  async subscribe(channel: string, isSharded: boolean, onMessage: (text: string) => void): Promise<void> {
    const listener = (message: string) => {
      // A throw here would make the client lose the rest of what it has read.
      try {
        onMessage(message);
      } catch {
        this.close();
      }
    };
    try {
      if (isSharded) await this.#client.sSubscribe(channel, listener);
      else await this.#client.subscribe(channel, listener);
    } catch (thrown) {
      throw errorOf(thrown);
    }
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (this.#client.isOpen) this.#client.destroy();
    this.#onClosed();
  }

  /** A Redis that has ceased to be the primary of what we ask is not the one to be connected to. */
  #judge(failure: L2Error): L2Error {
    if (/^(?:READONLY|MOVED|ASK|CLUSTERDOWN|MASTERDOWN|LOADING)/.test(failure.message)) {
      queueMicrotask(() => this.close());
    }
    return failure;
  }
}

/** Errors that Redis itself answered with begin with a word in capitals. */
function errorOf(thrown: unknown): L2Error {
  if (thrown instanceof L2Error) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new L2Error(/^[A-Z]{2,}\b/.test(message) ? "refused" : "closed", message);
}
