// The protocol's decisions, each a small pure function: the simulation replaces one at a time to show what it is for.

import type { Flight } from "./flights.ts";
import type { PendingWrite } from "./pending-writes.ts";

export interface ProtocolRules {
  /** Whether a reading or message belongs to another life of the sequence than `own`. */
  isOtherEpoch(own: string, theirs: string): boolean;
  /** Whether a message that belongs to another life of the sequence is obeyed before a tick has confirmed it. */
  obeysForeign(): boolean;
  /** Whether messages between `n`, the last one seen, and `seq` were lost, if `seq` is true. */
  isGap(n: number, seq: number): boolean;
  /** The last number that counts as seen after a message with `seq`. */
  follow(n: number, seq: number): number;
  /** Whether an answer with number `n` is older than what was `proven` when its question was sent; a change has taken
   *  a number that was free until then. */
  isBackwards(proven: number, n: number, isChange: boolean): boolean;
  /** The last number that counts as seen where a tick reads `readN`: what is beyond it was made up. */
  disbelieve(n: number, readN: number): number;
  /** Whether the sequence, read on the subscriber's connection, has passed what that connection brought. */
  isBehind(n: number, readN: number): boolean;
  /** Whether everything cached is forgotten on the first tick of a connection. */
  flushesOnConnect(): boolean;
  /** Until when L1 is proven by a tick sent at `sentMs`, with the bound on staleness `boundMs`. */
  freshUntilMs(sentMs: number, boundMs: number): number;
  /** Whether a message is ignored for having been sent by this instance. */
  isIgnored(isOwn: boolean): boolean;
  /** Whether a fill may go to L1: nothing that happened since it began may have made it old. */
  mayInstallFill(flight: Flight, gen: number, isOwnEpoch: boolean): boolean;
  /** Whether an acknowledged write may go to L1: nothing newer than it may have been seen, and nothing lost. */
  mayInstallWrite(write: PendingWrite, gen: number, isOwnEpoch: boolean, n: number): boolean;
  /** Whether an invalidation turns the flights that it detaches into such as may not install. */
  poisonsDetached(): boolean;
}

export const PROTOCOL_RULES: ProtocolRules = {
  isOtherEpoch: (own, theirs) => own !== theirs,
  obeysForeign: () => false,
  isGap: (n, seq) => seq > n + 1,
  follow: (n, seq) => (seq === n + 1 ? seq : n),
  isBackwards: (proven, n, isChange) => n < proven || (isChange && n === proven),
  disbelieve: (n, readN) => Math.min(n, readN),
  isBehind: (n, readN) => readN > n,
  flushesOnConnect: () => true,
  freshUntilMs: (sentMs, boundMs) => sentMs + boundMs,
  isIgnored: () => false,
  mayInstallFill: (flight, gen, isOwnEpoch) => !flight.poisoned && flight.gen === gen && isOwnEpoch,
  mayInstallWrite: (write, gen, isOwnEpoch, n) =>
    !write.poisoned && write.gen === gen && isOwnEpoch && write.minN <= n,
  poisonsDetached: () => true,
};
