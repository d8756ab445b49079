// Published messages of the fleet, carried by Redis's own pub/sub on one channel that is not the invalidations'.
//
// Subscribers have a connection of their own: what floods it holds up no invalidation. It is opened when somebody
// first subscribes, and is not reopened before somebody does again.

import type { ChannelBus, ChannelListener } from "../store/channel-bus.ts";
import { within } from "../base/deadline.ts";
import { CONNECT_MS_MAX, RESP_PATTERN_CHARS_MAX } from "../base/limits.ts";
import type { MaybePromise } from "../base/maybe-promise.ts";
import type { RedisConnection } from "./connection.ts";
import { locate } from "./endpoint.ts";
import type { RedisNames } from "./names.ts";
import type { RedisPool, RedisPurpose } from "./pool.ts";

interface RedisChannelsOptions {
  readonly urls: readonly string[];
  readonly pool: RedisPool;
  readonly names: RedisNames;
  /** How long one message may take to be published. */
  readonly timeoutMs: number;
}

/** Bytes of the length of the channel's name, which a message begins with; then the name, then the payload. */
const LENGTH_BYTES = 2;

/** A connection for one purpose, opened when it is asked for. */
class Link {
  #connection: RedisConnection | undefined;
  #opening: Promise<RedisConnection> | undefined;
  readonly #options: RedisChannelsOptions;
  readonly #purpose: RedisPurpose;
  readonly #onClosed: () => void;

  constructor(options: RedisChannelsOptions, purpose: RedisPurpose, onClosed: () => void) {
    this.#options = options;
    this.#purpose = purpose;
    this.#onClosed = onClosed;
  }

  get isOpen(): boolean {
    return this.#connection !== undefined;
  }

  /** The connection; `begin` is done with a new one before anybody has it. */
  get(begin: (connection: RedisConnection) => Promise<void>): MaybePromise<RedisConnection> {
    if (this.#connection !== undefined) return this.#connection;
    this.#opening ??= this.#open(begin).finally(() => (this.#opening = undefined));
    return this.#opening;
  }

  async #open(begin: (connection: RedisConnection) => Promise<void>): Promise<RedisConnection> {
    const { urls, pool, names } = this.#options;
    const endpoint = await locate(urls, names.sequence);
    let isClosed = false;
    const connection = await pool.get(endpoint, this.#purpose, {
      onDoubt: () => {},
      onClosed: () => {
        isClosed = true;
        if (this.#connection !== connection) return;
        this.#connection = undefined;
        this.#onClosed();
      },
    });
    await begin(connection);
    if (isClosed) throw new Error("the connection was closed");
    this.#connection = connection;
    return connection;
  }
}

export class RedisChannels implements ChannelBus {
  readonly #options: RedisChannelsOptions;
  readonly #publishing: Link;
  readonly #subscribing: Link;
  #listener: ChannelListener | undefined;

  constructor(options: RedisChannelsOptions) {
    this.#options = options;
    this.#publishing = new Link(options, "commands", () => {});
    this.#subscribing = new Link(options, "messages", () => this.#listener?.onLost());
  }

  listen(listener: ChannelListener): void {
    this.#listener = listener;
  }

  join(): MaybePromise<boolean> {
    if (this.#subscribing.isOpen) return true;
    return this.#reached(this.#subscribing.get((connection) => this.#subscribe(connection)));
  }

  async publish(channel: string, payload: Uint8Array): Promise<boolean> {
    const { names } = this.#options;
    const message = Buffer.allocUnsafe(LENGTH_BYTES + channel.length + payload.length);
    message.writeUInt16BE(channel.length);
    message.write(channel, LENGTH_BYTES, "latin1");
    message.set(payload, LENGTH_BYTES + channel.length);
    const publish = async () => {
      const connection = await this.#publishing.get(async () => {});
      await connection.command([names.publish, names.messages, message]);
    };
    return this.#reached(publish());
  }

  /** Whether `work` came to its end in time. */
  async #reached(work: MaybePromise<unknown>): Promise<boolean> {
    try {
      await within(this.#options.timeoutMs, "the bus", Promise.resolve(work));
      return true;
    } catch {
      return false;
    }
  }

  async #subscribe(connection: RedisConnection): Promise<void> {
    const { names } = this.#options;
    const subscribing = connection.subscribeBytes(names.messages, names.isSharded, (message) =>
      this.#receive(message),
    );
    try {
      await within(CONNECT_MS_MAX, "subscribing", subscribing);
    } catch (thrown) {
      connection.close();
      throw thrown;
    }
  }

  /** What is no message, published by hand, is nothing. */
  #receive(message: Buffer): void {
    if (message.length < LENGTH_BYTES) return;
    const channelEnd = LENGTH_BYTES + message.readUInt16BE(0);
    if (channelEnd > message.length || channelEnd > LENGTH_BYTES + RESP_PATTERN_CHARS_MAX) return;
    this.#listener?.onMessage(message.latin1Slice(LENGTH_BYTES, channelEnd), message.subarray(channelEnd));
  }
}
