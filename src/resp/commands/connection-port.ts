// What commands may know and change of a connection, their own or another. No code here.

import type { CutReason } from "../../gate/connections.ts";
import type { Session } from "../../gate/session.ts";
import type { Subscriptions } from "./pubsub/subscriptions.ts";
import type { Transaction } from "./transactions/transaction.ts";
import type { VersionedStore } from "./versioned-store.ts";
import type { TrackingPort } from "./tracking-port.ts";

export interface ConnectionPort {
  readonly id: number;
  readonly session: Session;
  readonly tracking: TrackingPort;
  readonly transaction: Transaction;
  readonly subscriptions: Subscriptions;
  /** Versions that it wrote and asks for, where there is an L2. */
  readonly versions: VersionedStore | undefined;
  /** Whom the memory that it takes is charged to. */
  readonly owner: string;
  readonly protocol: 2 | 3;
  /** `HOST:PORT` of the client, and of the listener. */
  readonly remoteAddress: string;
  readonly localAddress: string;
  /** Engine ms at which it was opened, and at which it last sent something. */
  readonly createdAtMs: number;
  readonly activeAtMs: number;
  /** Bytes received that no command has used up, and bytes of answers that the socket has not taken. */
  readonly heldBytes: number;
  readonly waitingBytes: number;
  /** Name of the command it runs, or ran last; `undefined`: none yet. */
  readonly commandName: string | undefined;
  /** It ends, or has ended: no further command of it is to be run. */
  readonly isOver: boolean;
  name: string;
  libraryName: string;
  libraryVersion: string;
  switchTo(protocol: 2 | 3): void;
  /** Ends it once what waits is sent. */
  end(): void;
  /** Closes it at once; what waits is not sent. */
  cut(reason: CutReason): void;
}
