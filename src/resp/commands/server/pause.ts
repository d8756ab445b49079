// CLIENT PAUSE: commands of one listener's connections wait until it is over. Warm.

import { CLIENT_PAUSE_MS_MAX } from "../../../base/limits.ts";
import type { CommandShape } from "../command-shape.ts";

/** Commands that are not held: by them it is ended. */
const NEVER_HELD: ReadonlySet<string> = new Set(["auth", "hello", "quit", "reset"]);

export class Pause {
  /** Commands that wait. */
  waiting = 0;
  /** Hot: read for every command. */
  isOn = false;
  #holdsAll = false;
  #endsAtMs = 0;
  #over: PromiseWithResolvers<void> | undefined;
  #timer: Timer | undefined;

  /** From now on; of two pauses the later end holds, and all commands once one of them says so. `ms` is bounded. */
  begin(ms: number, holdsAll: boolean, nowMs: number): void {
    const endsAtMs = nowMs + Math.min(ms, CLIENT_PAUSE_MS_MAX);
    this.#endsAtMs = this.isOn ? Math.max(this.#endsAtMs, endsAtMs) : endsAtMs;
    this.#holdsAll = this.isOn ? this.#holdsAll || holdsAll : holdsAll;
    this.isOn = true;
    this.#over ??= Promise.withResolvers();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.end(), this.#endsAtMs - nowMs);
  }

  end(): void {
    clearTimeout(this.#timer);
    this.isOn = false;
    this.#over?.resolve();
    this.#over = undefined;
  }

  /** Resolves once it is over. */
  over(): Promise<void> {
    return this.#over?.promise ?? Promise.resolve();
  }

  /** Whether `command` has to wait: each, or those that write; never those about the connection itself. */
  holds({ name, right, removesAll }: CommandShape): boolean {
    if (name.startsWith("client|") || NEVER_HELD.has(name)) return false;
    return this.#holdsAll || right === "write" || right === "both" || removesAll === true;
  }
}
