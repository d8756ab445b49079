// Who a connection is: its API key, and that key's place among the connections. Cold.

import type { ApiKey } from "../auth/api-key.ts";
import type { Keyring } from "../auth/keyring.ts";
import type { Connections, Guest } from "./connections.ts";

/** What came of an attempt to authenticate. */
export type Outcome = "ok" | "wrong" | "full";

/** Clients that are given a password and no name send this one. */
const DEFAULT_NAME = "default";

export class Session {
  /** Nothing: a guest. */
  apiKey: ApiKey | undefined;
  /** It has shown a key before, if it is a guest's now. */
  wasRecognised = false;
  readonly #keyring: Keyring;
  readonly #connections: Connections;
  readonly #guest: Guest | undefined;
  #secret = "";
  #generation = -1;

  /** `guest`: the connection, where it may be one that has shown no key; it is entered as such. */
  constructor(keyring: Keyring, connections: Connections, guest?: Guest) {
    this.#keyring = keyring;
    this.#connections = connections;
    this.#guest = guest;
    if (guest !== undefined) connections.enterGuest(guest);
  }

  /** Keys were exchanged since this one was recognised. Hot. */
  get isOutdated(): boolean {
    return this.#generation !== this.#keyring.generation && this.apiKey !== undefined;
  }

  /** `name` is the API key's, or `default` for any. */
  authenticate(name: string | undefined, secret: string): Outcome {
    const apiKey = this.#keyring.findHashed(secret);
    if (apiKey === undefined) return "wrong";
    if (name !== undefined && name !== DEFAULT_NAME && name !== apiKey.name) return "wrong";
    if (this.apiKey?.name !== apiKey.name && !this.#connections.enterKey(apiKey.name)) return "full";
    if (this.apiKey !== undefined && this.apiKey.name !== apiKey.name) {
      this.#connections.leaveKey(this.apiKey.name);
    }
    if (this.apiKey === undefined && this.#guest !== undefined) this.#connections.leaveGuest(this.#guest);
    this.apiKey = apiKey;
    this.wasRecognised = true;
    this.#secret = secret;
    this.#generation = this.#keyring.generation;
    return "ok";
  }

  /** Recognises the secret once more, among the keys as they are now; it may be no longer known. */
  renew(): void {
    const apiKey = this.#keyring.findHashed(this.#secret);
    this.#generation = this.#keyring.generation;
    if (apiKey?.name === this.apiKey?.name) {
      this.apiKey = apiKey;
      return;
    }
    const secret = this.#secret;
    this.end();
    if (apiKey !== undefined) this.authenticate(undefined, secret);
  }

  /** Makes it a guest's. */
  end(): void {
    if (this.apiKey === undefined) return;
    this.#connections.leaveKey(this.apiKey.name);
    this.apiKey = undefined;
    this.#secret = "";
    if (this.#guest !== undefined) this.#connections.enterGuest(this.#guest);
  }

  /** The connection is closed. */
  close(): void {
    this.end();
    if (this.#guest !== undefined) this.#connections.leaveGuest(this.#guest);
  }
}
