// A Redis client of one simulated instance that writes, and changes what it has read in one command.

import type { RespConnection } from "../../../src/resp/connection/resp-connection.ts";
import { ReplyError, ReplyReader, type Reply } from "../../../src/resp/in-memory/reply-reader.ts";
import { encodeCommand, type SimLanes } from "./sim-lanes.ts";

export class SimRespClient {
  readonly #lanes: SimLanes;
  readonly #connection: RespConnection;
  readonly #reader = new ReplyReader();
  readonly #waiting: ((reply: Reply) => void)[] = [];

  constructor(lanes: SimLanes) {
    this.#lanes = lanes;
    this.#connection = lanes.connectResp((bytes) => this.#hear(bytes));
  }

  /** It waits for no answer: what it asks now is done now. */
  get isIdle(): boolean {
    return this.#waiting.length === 0;
  }

  /** The reply to a command, as text; `null` stays so. */
  async ask(...words: readonly string[]): Promise<string | ReplyError | null> {
    const reply = await this.askFor(...words);
    if (reply === null || reply instanceof ReplyError) return reply;
    return reply instanceof Uint8Array ? new TextDecoder().decode(reply) : String(reply);
  }

  /** The reply as it is. */
  askFor(...words: readonly string[]): Promise<Reply> {
    const { promise, resolve } = Promise.withResolvers<Reply>();
    this.#waiting.push(resolve);
    this.#lanes.instance.run(() => this.#connection.receive(encodeCommand(words)), true);
    return promise;
  }

  #hear(bytes: Uint8Array): void {
    this.#reader.feed(bytes);
    for (let reply = this.#reader.next(); reply !== undefined; reply = this.#reader.next()) {
      this.#waiting.shift()!(reply);
    }
  }
}
