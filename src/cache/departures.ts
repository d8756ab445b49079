// Entries that an engine lets go of by itself, told to one listener, if there is one. Hot.

/** Why an entry left the engine before anybody deleted it. */
export type EvictionReason = "capacity" | "expired" | "invalidated";

export class Departures {
  /** Called amid a change of the engine, which it must not change; a key that was replaced or removed is none of these. */
  tell: ((key: string, reason: EvictionReason) => void) | undefined;
}
