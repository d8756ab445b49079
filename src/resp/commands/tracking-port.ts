// CLIENT TRACKING of one connection, as commands see it. No code here.

/** The options of CLIENT TRACKING ON. */
export interface TrackingOptions {
  readonly broadcast: boolean;
  readonly prefixes: readonly string[];
  readonly noLoop: boolean;
  readonly mode: "all" | "optin" | "optout";
}

export interface TrackingPort {
  readonly isOn: boolean;
  readonly options: TrackingOptions;
  /** Prefixes that it is told of, by BCAST. */
  readonly prefixes: ReadonlySet<string>;
  /** CLIENT CACHING yes or no, for the next command. */
  caching: boolean | undefined;
  /** `false`: the client has too many prefixes. */
  start(options: TrackingOptions): boolean;
  stop(): void;
  /** Stops, and lets go of every key that was read. */
  forget(): void;
  /** A command of the client begins; it has run, or waits for L2. */
  begin(): void;
  end(): void;
  /** The client is about to read `key`. */
  remember(key: string): void;
  /** `record` was read of a key that may be tracked: the client is told, too, when it expires. */
  found(key: string, record: Uint8Array): void;
}
