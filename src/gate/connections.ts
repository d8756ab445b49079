// Counts the connections of a lane, in all, by API key and those that have shown none; and why some were cut.

import {
  LANE_CONNECTIONS_MAX,
  LANE_CONNECTIONS_PER_KEY_MAX,
  LANE_GUESTS_CUT_MS,
  LANE_GUESTS_MAX,
  LANE_GUESTS_PER_ADDRESS_MAX,
} from "../base/limits.ts";

/** Why a connection was refused or ended by the server; `http`: a browser was made to send requests to it. */
export type CutReason =
  | "full"
  | "key_full"
  | "guests"
  | "idle"
  | "stalled"
  | "pushes"
  | "protocol"
  | "http"
  | "revoked"
  | "killed"
  | "overloaded"
  | "fault";

/** A connection that has shown no key. */
export interface Guest {
  readonly address: string;
  cut(reason: CutReason): void;
}

export class Connections {
  readonly #byKey = new Map<string, number>();
  readonly #cuts = new Map<CutReason, number>();
  /** Oldest first, in all and by address. */
  readonly #guests = new Set<Guest>();
  readonly #guestsByAddress = new Map<string, Set<Guest>>();
  #open = 0;
  #isCutting = false;

  get open(): number {
    return this.#open;
  }

  get cuts(): ReadonlyMap<CutReason, number> {
    return this.#cuts;
  }

  /** Takes a place, or says that there is none. */
  enter(): boolean {
    if (this.#open >= LANE_CONNECTIONS_MAX) {
      this.cut("full");
      return false;
    }
    this.#open += 1;
    return true;
  }

  leave(): void {
    this.#open -= 1;
  }

  /**
   * `guest`, which has a place, has shown no key. Guests have part of the places: those past it are cut a little later,
   * the oldest first. One that comes with a key shows it at once, so it is no guest any more by then.
   */
  enterGuest(guest: Guest): void {
    const { address } = guest;
    const ofAddress = this.#guestsByAddress.get(address) ?? new Set();
    ofAddress.add(guest);
    this.#guestsByAddress.set(address, ofAddress);
    this.#guests.add(guest);
    const isOver = ofAddress.size > LANE_GUESTS_PER_ADDRESS_MAX || this.#guests.size > LANE_GUESTS_MAX;
    if (!isOver || this.#isCutting) return;
    this.#isCutting = true;
    setTimeout(() => this.#cutGuests(), LANE_GUESTS_CUT_MS);
  }

  #cutGuests(): void {
    this.#isCutting = false;
    for (const ofAddress of this.#guestsByAddress.values()) cutOldest(ofAddress, LANE_GUESTS_PER_ADDRESS_MAX);
    cutOldest(this.#guests, LANE_GUESTS_MAX);
  }

  /** `guest` has shown a key, or is closed. */
  leaveGuest(guest: Guest): void {
    if (!this.#guests.delete(guest)) return;
    const ofAddress = this.#guestsByAddress.get(guest.address)!;
    ofAddress.delete(guest);
    if (ofAddress.size === 0) this.#guestsByAddress.delete(guest.address);
  }

  /** Takes a place among those of the API key `name`, or says that there is none. */
  enterKey(name: string): boolean {
    const open = this.#byKey.get(name) ?? 0;
    if (open >= LANE_CONNECTIONS_PER_KEY_MAX) {
      this.cut("key_full");
      return false;
    }
    this.#byKey.set(name, open + 1);
    return true;
  }

  leaveKey(name: string): void {
    const open = (this.#byKey.get(name) ?? 0) - 1;
    if (open > 0) this.#byKey.set(name, open);
    else this.#byKey.delete(name);
  }

  cut(reason: CutReason): void {
    this.#cuts.set(reason, (this.#cuts.get(reason) ?? 0) + 1);
  }
}

/** All but the newest `left`. */
function cutOldest(guests: ReadonlySet<Guest>, left: number): void {
  let surplus = guests.size - left;
  for (const guest of guests) {
    if (surplus-- <= 0) return;
    guest.cut("guests");
  }
}
