// What a connection needs of its socket. No code here.

import type { Sink } from "../wire/outbox.ts";

/** The part of Bun's socket that a connection needs. */
export interface ConnectionSocket extends Sink {
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly localAddress: string;
  readonly localPort: number;
  pause(): void;
  resume(): void;
  end(): void;
  terminate(): void;
}
