// A raw connection to a server: sends any bytes, reads strictly parsed responses, waits within bounds.

import { connect, type Socket } from "node:net";
import { parseResponses, type RawResponse } from "./response-parser.ts";

/** Where to connect: a port on loopback, or the path of a unix socket. */
export type Address = { readonly port: number } | { readonly path: string };

/** How long a wait lasts that is not told otherwise; only a failing test reaches it. */
const WAIT_MS_MAX = 15_000;

export class RawConnection {
  readonly #socket: Socket;
  readonly #chunks: Buffer[] = [];
  #size = 0;
  #closed = false;
  #changed: () => void = () => {};

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("data", (chunk: Buffer) => {
      this.#chunks.push(chunk);
      this.#size += chunk.length;
      this.#changed();
    });
    const gone = () => {
      this.#closed = true;
      this.#changed();
    };
    socket.on("end", gone);
    socket.on("close", gone);
    socket.on("error", gone);
  }

  static async open(address: Address): Promise<RawConnection> {
    const socket = "port" in address ? connect({ host: "127.0.0.1", ...address }) : connect(address);
    socket.setNoDelay(true);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    socket.once("connect", resolve);
    socket.once("error", reject);
    await promise;
    return new RawConnection(socket);
  }

  /** Whether the server has closed it, or ended its side. */
  get closed(): boolean {
    return this.#closed;
  }

  get receivedBytes(): number {
    return this.#size;
  }

  received(): Buffer {
    return Buffer.concat(this.#chunks, this.#size);
  }

  /** Text is sent as Latin-1, a byte a character. A connection that is closed already takes no notice. */
  send(bytes: string | Uint8Array): void {
    if (!this.#closed) this.#socket.write(typeof bytes === "string" ? Buffer.from(bytes, "latin1") : bytes);
  }

  /** Ends the sending side only. */
  end(): void {
    this.#socket.end();
  }

  /** Stops taking what the server sends, so that it piles up there. */
  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  /** Closes it at once, both sides. */
  destroy(): void {
    this.#socket.destroy();
  }

  /** Resolves with whether `holds` came to hold within `waitMs`; asked whenever something arrived. */
  async until(holds: () => boolean, waitMs = WAIT_MS_MAX): Promise<boolean> {
    if (holds()) return true;
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const timer = setTimeout(() => resolve(false), waitMs);
    this.#changed = () => {
      if (holds()) resolve(true);
    };
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      this.#changed = () => {};
    }
  }

  /** The final responses so far, those with 1xx left out. Throws MalformedResponse. */
  responses(methods?: readonly string[]): readonly RawResponse[] {
    return parseResponses(this.received(), methods).responses.filter(({ status }) => status >= 200);
  }

  /** Waits for `count` final responses or the end of the connection, and returns those that came. */
  async answers(
    count: number,
    methods?: readonly string[],
    waitMs?: number,
  ): Promise<readonly RawResponse[]> {
    await this.until(() => this.#closed || this.responses(methods).length >= count, waitMs);
    return this.responses(methods);
  }

  /** Waits for the server to close; `false` if it does not. */
  ended(waitMs?: number): Promise<boolean> {
    return this.until(() => this.#closed, waitMs);
  }
}

/** Sends `bytes` on a connection of their own, and returns the first answer. Throws where none comes. */
export async function ask(
  address: Address,
  bytes: string | Uint8Array,
  method?: string,
): Promise<RawResponse> {
  const connection = await RawConnection.open(address);
  try {
    connection.send(bytes);
    const [response] = await connection.answers(1, method === undefined ? [] : [method]);
    if (response === undefined) throw new Error("the server gave no answer");
    return response;
  } finally {
    connection.destroy();
  }
}
