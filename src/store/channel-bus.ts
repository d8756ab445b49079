// Carries published messages between processes: what a bus offers, and what it tells. No code here.

import type { MaybePromise } from "../base/maybe-promise.ts";

export interface ChannelListener {
  /** A message that some process published, this one included. `channel` is a character for each byte. */
  onMessage(channel: string, payload: Uint8Array): void;
  /** Messages may have been missed: none come before the next `join`. */
  onLost(): void;
}

/** All processes that have joined hear all messages in one order, each at most once. */
export interface ChannelBus {
  /** Called once, before all else. */
  listen(listener: ChannelListener): void;
  /** Whether what is published from now on is heard here; `false`: the bus can't be reached. Cheap once it is so. */
  join(): MaybePromise<boolean>;
  /** Whether the message is known to be on its way. */
  publish(channel: string, payload: Uint8Array): Promise<boolean>;
}
