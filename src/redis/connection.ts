// One connection to one Redis, from its greeting to its end; it never reconnects, so nothing on it happens twice.
//
// Every answer of a script carries the number of its question: an answer that belongs to another one (a reply was lost
// or doubled on the way) puts the whole connection in doubt, as does one that tells of a replica or of a sequence that
// came from elsewhere. A connection in doubt is closed, and whoever uses it forgets what came by it.

import { createClient, RESP_TYPES } from "redis";
import { within } from "../base/deadline.ts";
import { CONNECT_MS_MAX } from "../base/limits.ts";
import { loopWork } from "../base/loop/loop-work.ts";
import { L2Error } from "../store/l2-error.ts";
import type { RedisEndpoint } from "./endpoint.ts";
import { textOf } from "./replies.ts";
import type { RedisScript } from "./scripts/script.ts";
import { REDIS_SCRIPTS } from "./scripts/scripts.ts";

/** Whatever goes on once Redis has answered. */
const ANSWER = loopWork.kind("redis answer");

export type RedisArgument = string | Buffer;

export interface RedisConnectionOptions {
  readonly endpoint: RedisEndpoint;
  /** An answer owed for so long, with none coming meanwhile, ends the connection; an idle one is pinged. `undefined`:
   *  the caller sees to that itself. (The client's own socketTimeout is put off by every write, so a connection that
   *  swallows all that is written to it would live for as long as it is written to.) */
  readonly silenceMsMax: number | undefined;
  /** Called once, when the connection has ended for whatever reason. */
  readonly onClosed: () => void;
  /** Called before that, if it ends because an answer came from somewhere else than where the connection led. */
  readonly onDoubt: (reason: string) => void;
}

/** Errors of a server that is not, or no longer, the primary of what it was asked. */
const ELSEWHERE = /^(?:READONLY|MOVED|ASK|MASTERDOWN)\b/;
/** Errors of a server that cannot serve for now. */
const UNFIT = /^(?:CLUSTERDOWN|LOADING)\b/;

function makeClient(options: RedisConnectionOptions) {
  const { endpoint } = options;
  return createClient({
    url: endpoint.url,
    disableOfflineQueue: true,
    maintNotifications: "disabled",
    disableClientInfo: true,
    socket: {
      connectTimeout: CONNECT_MS_MAX,
      reconnectStrategy: () => false,
    },
    commandOptions: { timeout: 0 },
  }).withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer });
}

type NodeRedisClient = ReturnType<typeof makeClient>;

export class RedisConnection {
  readonly #client: NodeRedisClient;
  readonly #options: RedisConnectionOptions;
  #isClosed = false;
  #owed = 0;
  /** When the last answer came or, after an idle time, was first owed. */
  #heardMs = 0;
  #watch: Timer | undefined;
  #questions = 0;
  /** The server's own name for its present run, and for the data that it has as nobody's replica: what it is given as a
   *  replica may lack the end of what it had before. Without the latter where the server has none. */
  runId = "";

  private constructor(client: NodeRedisClient, options: RedisConnectionOptions) {
    this.#client = client;
    this.#options = options;
  }

  /** Connects and greets; rejects when that fails or takes longer than CONNECT_MS_MAX. */
  static async open(options: RedisConnectionOptions): Promise<RedisConnection> {
    const client = makeClient(options);
    const connection = new RedisConnection(client, options);
    client.on("error", () => connection.close());
    client.on("terminated", () => connection.close());
    client.on("end", () => connection.close());
    try {
      await within(CONNECT_MS_MAX, "Redis's greeting", connection.#greet());
    } catch (thrown) {
      connection.close();
      throw errorOf(thrown);
    }
    if (options.silenceMsMax !== undefined) connection.#watchOver(options.silenceMsMax);
    return connection;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  async #greet(): Promise<void> {
    await this.#client.connect();
    const [run, reign] = await Promise.all([
      this.#infoOf("server", /^run_id:(\w+)/m),
      this.#infoOf("replication", /^master_replid:(\w+)/m),
    ]);
    this.runId = `${run}${reign}`;
    // Loaded beforehand: one that had to be sent again would run after what was sent behind it.
    const sources = Object.values(REDIS_SCRIPTS).map(({ source }) => source);
    await Promise.allSettled(sources.map((source) => this.command(["SCRIPT", "LOAD", source])));
  }

  async #infoOf(section: string, field: RegExp): Promise<string> {
    return field.exec(textOf(await this.command(["INFO", section])))?.[1] ?? "";
  }

  /** Sends one command; rejects with `L2Error`, `refused` when Redis answered with an error. */
  async command(args: readonly RedisArgument[]): Promise<unknown> {
    try {
      return await this.#send(args);
    } catch (thrown) {
      throw this.#judged(errorOf(thrown));
    }
  }

  /** Runs a script. The answer is a list whose first element is the question's number; what the script has to say
   *  begins after it. */
  async script(
    script: RedisScript,
    keys: readonly RedisArgument[],
    args: readonly RedisArgument[],
  ): Promise<readonly unknown[]> {
    const question = String(++this.#questions);
    const reply = await this.#evaluate(script, [String(keys.length), ...keys, question, this.runId, ...args]);
    if (!Array.isArray(reply) || String(reply[0]) !== question) {
      throw this.#doubted("an answer that belongs to another question");
    }
    if (reply.length === 2 && String(reply[1]) === "moved") {
      throw this.#doubted("a sequence that came from another run of Redis");
    }
    return reply as readonly unknown[];
  }

  async #evaluate(script: RedisScript, rest: readonly RedisArgument[]): Promise<unknown> {
    try {
      return await this.#send(["EVALSHA", script.sha1, ...rest]);
    } catch (thrown) {
      if (thrown instanceof Error && thrown.message.startsWith("NOSCRIPT")) {
        return this.command(["EVAL", script.source, ...rest]);
      }
      throw this.#judged(errorOf(thrown));
    }
  }

  async #send(args: readonly RedisArgument[]): Promise<unknown> {
    if (this.#owed === 0) this.#heardMs = performance.now();
    this.#owed += 1;
    try {
      return await this.#client.sendCommand(args as RedisArgument[]);
    } finally {
      this.#owed -= 1;
      this.#heardMs = performance.now();
      loopWork.begin(ANSWER, Bun.nanoseconds());
    }
  }

  #watchOver(silenceMsMax: number): void {
    this.#watch = setInterval(() => {
      if (this.#owed === 0) void this.command(["PING"]).catch(() => {});
      else if (performance.now() - this.#heardMs > silenceMsMax) this.close();
    }, silenceMsMax / 4);
  }

  async subscribe(channel: string, isSharded: boolean, onMessage: (text: string) => void): Promise<void> {
    const listener = this.#guarded(onMessage);
    await this.#subscribed(
      isSharded ? this.#client.sSubscribe(channel, listener) : this.#client.subscribe(channel, listener),
    );
  }

  /** The same for messages that are no text. */
  async subscribeBytes(
    channel: string,
    isSharded: boolean,
    onMessage: (bytes: Buffer) => void,
  ): Promise<void> {
    const listener = this.#guarded(onMessage);
    await this.#subscribed(
      isSharded
        ? this.#client.sSubscribe(channel, listener, true)
        : this.#client.subscribe(channel, listener, true),
    );
  }

  /** A throw in a listener would make the client lose the rest of what it has read. */
  #guarded<T>(onMessage: (message: T) => void): (message: T) => void {
    return (message) => {
      try {
        onMessage(message);
      } catch {
        this.close();
      }
    };
  }

  async #subscribed(subscribing: Promise<unknown>): Promise<void> {
    try {
      await subscribing;
    } catch (thrown) {
      throw this.#judged(errorOf(thrown));
    }
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearInterval(this.#watch);
    if (this.#client.isOpen) this.#client.destroy();
    this.#options.onClosed();
  }

  #judged(failure: L2Error): L2Error {
    if (ELSEWHERE.test(failure.message)) return this.#doubted(failure.message);
    if (UNFIT.test(failure.message)) queueMicrotask(() => this.close());
    return failure;
  }

  #doubted(reason: string): L2Error {
    if (!this.#isClosed) {
      this.#options.onDoubt(reason);
      this.close();
    }
    return new L2Error("closed", `Redis gave ${reason}`);
  }
}

/** Errors that Redis itself answered with begin with a word in capitals. */
function errorOf(thrown: unknown): L2Error {
  if (thrown instanceof L2Error) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new L2Error(/^[A-Z]{2,}\b/.test(message) ? "refused" : "closed", message);
}
