// Stands in for the socket of a RESP connection whose client is in this process: takes answers at once.

import type { ConnectionSocket } from "../connection/connection-socket.ts";

export class MemorySocket implements ConnectionSocket {
  readonly remoteAddress = "127.0.0.1";
  readonly remotePort = 0;
  readonly localAddress = "127.0.0.1";
  readonly localPort = 0;
  readonly #receive: (bytes: Uint8Array) => boolean;
  readonly #ended: () => void;

  /**
   * `receive` is called with each piece of answers, good during the call; `false`: it takes none of it, and nothing any
   * more. `ended` is called when the server ends.
   */
  constructor(receive: (bytes: Uint8Array) => boolean, ended: () => void) {
    this.#receive = receive;
    this.#ended = ended;
  }

  write(data: Uint8Array, byteOffset: number, byteLength: number): number {
    return this.#receive(data.subarray(byteOffset, byteOffset + byteLength)) ? byteLength : 0;
  }

  pause(): void {}

  resume(): void {}

  end(): void {
    this.#ended();
  }

  terminate(): void {
    this.#ended();
  }
}
