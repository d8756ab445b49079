// The feed of changes: tells lanes whose clients keep copies which entries are no longer what they were. Hot.

import type { Target } from "../coherence/target.ts";
import { Attention } from "./attention.ts";

export interface ChangeListener {
  /** Nobody listens through it at present: calls may be left out. */
  readonly isIdle: boolean;
  /** The entry of `key` was written or removed. */
  onKey(key: string): void;
  /** Everything that `target` covers may have gone. */
  onMass(target: Target): void;
}

/** Calls its listeners in the order in which they came; they must not change the store. */
export class Changes {
  #listeners: readonly ChangeListener[] = [];
  /** Clients that read what they are to be told of. */
  readonly attention = new Attention();

  /** Returns what ends the subscription. */
  listen(listener: ChangeListener): () => void {
    this.#listeners = [...this.#listeners, listener];
    return () => {
      this.#listeners = this.#listeners.filter((other) => other !== listener);
    };
  }

  /** Nobody wants to hear of a key at present. */
  get isQuiet(): boolean {
    if (this.attention.isAwake) return false;
    for (let i = 0; i < this.#listeners.length; i++) if (!this.#listeners[i]!.isIdle) return false;
    return true;
  }

  key(key: string): void {
    const listeners = this.#listeners;
    for (let i = 0; i < listeners.length; i++) listeners[i]!.onKey(key);
  }

  mass(target: Target): void {
    for (const listener of this.#listeners) listener.onMass(target);
  }
}
