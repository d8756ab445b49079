// The bus, as the protocol needs it: messages in order, and the clock read on the connection that they come by. No code.

/** The partition's clock as it was when something ran there. */
export interface ClockReading {
  /** Empty when there is no clock: nothing was ever written, or everything was lost. */
  readonly epoch: string;
  readonly n: number;
  /** Its wall clock, ms. */
  readonly timeMs: number;
  /** Marks of mass invalidations that are in force, where the reading tells. */
  readonly marks?: number;
}

/** A subscription to one partition's channel, and the clock read on its very connection. */
export interface BusConnection {
  /** Reads the clock; every message published before that reading has been delivered when this resolves. */
  tick(): Promise<ClockReading>;
  close(): void;
}

export interface BusListener {
  onMessage(text: string): void;
  onClosed(): void;
}

export interface Bus {
  open(listener: BusListener): Promise<BusConnection>;
}
