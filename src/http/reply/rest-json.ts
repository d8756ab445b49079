// Replies of Redis's commands as the JSON that Upstash's REST protocol has for them, written in short turns. Cold.

import { after, type MaybePromise } from "../../base/maybe-promise.ts";
import type { Turn } from "../turn.ts";
import type { Pieces } from "./pieces.ts";

/** A reply of Redis: an error is an object with its message. */
export type RestReply =
  string | number | null | Uint8Array | { readonly message: string } | readonly RestReply[];

/** Items of an array between two looks at the clock. */
const LOOKED_AFTER = 64;

export function isError(reply: unknown): reply is { readonly message: string } {
  return typeof reply === "object" && reply !== null && "message" in reply;
}

export class RestJson {
  readonly #pieces: Pieces;
  readonly #turn: Turn;
  readonly #isBase64: boolean;

  /** `isBase64`: every string but `OK` is written in base64, else as text. */
  constructor(pieces: Pieces, turn: Turn, isBase64: boolean) {
    this.#pieces = pieces;
    this.#turn = turn;
    this.#isBase64 = isBase64;
  }

  /** `{"result":…}`, or `{"error":…}`. */
  addResult(reply: RestReply): MaybePromise<void> {
    if (isError(reply)) return this.#add(reply);
    this.#pieces.addText('{"result":');
    return after(this.#add(reply), () => this.#pieces.addText("}"));
  }

  /** An array of such results. */
  addResults(replies: readonly RestReply[]): Promise<void> {
    return this.#addArray(replies, (reply) => this.addResult(reply));
  }

  #add(reply: RestReply): MaybePromise<void> {
    if (Array.isArray(reply)) return this.#addArray(reply as readonly RestReply[], (item) => this.#add(item));
    if (isError(reply)) return this.#pieces.addText(JSON.stringify({ error: reply.message }));
    if (typeof reply === "number" || reply === null) return this.#pieces.addText(JSON.stringify(reply));
    if (reply === "OK" || (typeof reply === "string" && !this.#isBase64)) {
      return this.#pieces.addText(JSON.stringify(reply));
    }
    const bytes = typeof reply === "string" ? Buffer.from(reply) : (reply as Uint8Array);
    return after(this.#pieces.addString(bytes, this.#isBase64 ? "base64" : "utf8"), () => {});
  }

  async #addArray(items: readonly RestReply[], add: (item: RestReply) => MaybePromise<void>): Promise<void> {
    this.#pieces.addText("[");
    for (let i = 0; i < items.length; i++) {
      if (i > 0) this.#pieces.addText(",");
      const later = add(items[i]!);
      if (later !== undefined) await later;
      if (i % LOOKED_AFTER === LOOKED_AFTER - 1 && this.#turn.isOver) await this.#turn.rest();
    }
    this.#pieces.addText("]");
  }
}
