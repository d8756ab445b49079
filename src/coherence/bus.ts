// The bus, as the protocol needs it: messages in order, and the sequence read on the connection that they come by. No code.

import type { Version } from "../record/version.ts";

/** Where a partition's sequence stood when something ran there; its epoch is empty when there is none, or it was lost. */
export interface SequenceReading extends Version {
  /** The wall clock there, ms. */
  readonly timeMs: number;
  /** Marks of mass invalidations that are in force, where the reading tells. */
  readonly marks?: number;
}

/** A subscription to one partition's channel, and the sequence read on its very connection. */
export interface BusConnection {
  /** Reads the sequence; every message published before that reading has been delivered when this resolves. */
  tick(): Promise<SequenceReading>;
  close(): void;
}

export interface BusListener {
  onMessage(text: string): void;
  onClosed(): void;
  /** An answer on some connection of this partition came from another history than the one that was followed. May come
   *  at any time, and more than once. */
  onDoubt(reason: string): void;
}

export interface Bus {
  open(listener: BusListener): Promise<BusConnection>;
  /** Ends all connections of this partition, the bus's and L2's: they lead elsewhere than they did. */
  renew(reason: string): void;
}
