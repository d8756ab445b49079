// The budget of a process for bytes in flight: what is held beside L1 on behalf of clients. Charged before it is held.
//
// Whoever needs memory for a client takes it here first and gives it back when the bytes have left. What does not fit
// is refused, so the newest request goes without; and holders that can be cut (slow readers) are cut first, the
// largest before the others. No owner, an API key or an address, has more than its share.

import { IN_FLIGHT_BYTES_MAX, IN_FLIGHT_OWNER_SHARE } from "./limits/in-flight.ts";

/** What bytes are held for: the values of the label `what` of cachee_in_flight_bytes. */
const IN_FLIGHT_KINDS = [
  "request_body",
  "answer",
  "resp_input",
  "resp_output",
  "websocket_input",
  "websocket_output",
  "json",
  "tracking",
  "waiters",
] as const;

export type InFlightKind = (typeof IN_FLIGHT_KINDS)[number];

/** Somebody whose bytes can be had back at once, by ending their connection. */
export interface Cuttable {
  /** Bytes that it holds of the budget now. */
  readonly heldBytes: number;
  /** Ends it; what it holds is given back before this returns. */
  cut(): void;
}

/** The part of the budget in use from which on the largest slow reader is cut. */
const CUT_FROM_SHARE = 0.75;
/** A reader that holds less than this is never cut for room, bytes. */
const CUT_BYTES_MIN = 64 * 1024;

export class InFlight {
  readonly bytesMax: number;
  readonly ownerBytesMax: number;
  /** Requests for bytes that were refused, and holders that were cut for room. */
  refused = 0;
  cut = 0;
  #bytes = 0;
  readonly #byKind = new Map<InFlightKind, number>();
  readonly #byOwner = new Map<string, number>();
  readonly #cuttable = new Set<Cuttable>();

  constructor(bytesMax = IN_FLIGHT_BYTES_MAX, ownerShare = IN_FLIGHT_OWNER_SHARE) {
    this.bytesMax = bytesMax;
    this.ownerBytesMax = Math.floor(bytesMax * ownerShare);
  }

  /** Bytes held now. */
  get bytes(): number {
    return this.#bytes;
  }

  bytesOf(kind: InFlightKind): number {
    return this.#byKind.get(kind) ?? 0;
  }

  /** Bytes held for each kind, those too that hold none. */
  *kinds(): Iterable<readonly [kind: InFlightKind, bytes: number]> {
    for (const kind of IN_FLIGHT_KINDS) yield [kind, this.bytesOf(kind)];
  }

  bytesOfOwner(owner: string): number {
    return this.#byOwner.get(owner) ?? 0;
  }

  /**
   * Charges `bytes` to `owner`, an API key's name or an address; `false`: they do not fit, nothing was charged and
   * the memory must not be taken. Slow readers are cut where that makes the room.
   */
  take(kind: InFlightKind, owner: string, bytes: number): boolean {
    const ofOwner = this.bytesOfOwner(owner);
    if (ofOwner + bytes > this.ownerBytesMax) return this.#refuse();
    if (this.#bytes + bytes > this.bytesMax * CUT_FROM_SHARE) this.#makeRoom(bytes);
    if (this.#bytes + bytes > this.bytesMax) return this.#refuse();
    this.#bytes += bytes;
    this.#byKind.set(kind, this.bytesOf(kind) + bytes);
    this.#byOwner.set(owner, this.bytesOfOwner(owner) + bytes);
    return true;
  }

  /** Gives back what `take` charged: in all, never more of a kind and owner than was taken. */
  give(kind: InFlightKind, owner: string, bytes: number): void {
    this.#bytes -= bytes;
    this.#byKind.set(kind, this.bytesOf(kind) - bytes);
    const left = this.bytesOfOwner(owner) - bytes;
    if (left > 0) this.#byOwner.set(owner, left);
    else this.#byOwner.delete(owner);
  }

  /** From now on `holder` may be cut for room: it waits for its client to take what it holds. */
  addCuttable(holder: Cuttable): void {
    this.#cuttable.add(holder);
  }

  removeCuttable(holder: Cuttable): void {
    this.#cuttable.delete(holder);
  }

  #refuse(): false {
    this.refused += 1;
    return false;
  }

  /** Cuts the largest of the slow readers, until `bytes` more leave room below the mark or none is left worth it. */
  #makeRoom(bytes: number): void {
    while (this.#bytes + bytes > this.bytesMax * CUT_FROM_SHARE) {
      let largest: Cuttable | undefined;
      for (const holder of this.#cuttable) {
        if (holder.heldBytes >= Math.max(CUT_BYTES_MIN, (largest?.heldBytes ?? 0) + 1)) largest = holder;
      }
      if (largest === undefined) return;
      this.#cuttable.delete(largest);
      this.cut += 1;
      largest.cut();
    }
  }
}
