// A page of entries with all that is known of each, wherever it lies, and with the values of those that are not large. Cold.

import { ENTRY_PAGE_BYTES_MAX, ENTRY_VALUE_BYTES_MAX } from "../../../base/limits.ts";
import type { Clock } from "../../../base/clock.ts";
import { unavailable } from "../../../gate/unavailable.ts";
import { IDENTITY } from "../../../record/coding.ts";
import { RecordView } from "../../../record/record.ts";
import { formatVersion } from "../../../record/version.ts";
import type { Found, ReadResult, ScanPage, Store } from "../../../store/store.ts";
import { charged, type Context } from "../../context.ts";
import type { Ready } from "../../fast/ready.ts";
import { pieceReply } from "../../reply/piece-reply.ts";
import { Pieces } from "../../reply/pieces.ts";
import { problemOf } from "../../reply/problem.ts";
import { acceptsGzip, type Preferences } from "../../request/accept-encoding.ts";
import { Turn } from "../../turn.ts";
import { entryMetaOf } from "./entry-meta.ts";

/** Keys that L2 is asked for at once. */
const READ_KEYS = 25;

export interface EntryPageOptions {
  readonly store: Store<Ready>;
  readonly clock: Clock;
  readonly preferences: Preferences;
}

export class EntryPage {
  readonly #options: EntryPageOptions;
  readonly #context: Context;
  readonly #turn: Turn;
  readonly #charge;
  readonly #pieces: Pieces;
  readonly #hasValues: boolean;
  #valueBytes = 0;
  #hasEntry = false;

  constructor(options: EntryPageOptions, context: Context, hasValues: boolean) {
    this.#options = options;
    this.#context = context;
    this.#hasValues = hasValues;
    this.#turn = new Turn(context);
    this.#charge = charged(context, "answer");
    this.#pieces = new Pieces(this.#charge, this.#turn);
  }

  /** An entry that is gone since the page was made is left out. */
  async reply({ cursor, keys }: ScanPage): Promise<Response> {
    const { store, preferences } = this.#options;
    this.#pieces.addText(`{"cursor":${JSON.stringify(cursor)},"entries":[`);
    for (let at = 0; at < keys.length; at += READ_KEYS) {
      const part = keys.slice(at, at + READ_KEYS);
      const results = await store.batch(part.map((key) => ({ kind: "get" as const, key })));
      for (const [i, result] of (results as readonly ReadResult<Ready>[]).entries()) {
        if (result.kind === "unavailable") return problemOf(unavailable(result));
        if (result.kind === "found") await this.#add(part[i]!, result);
        if (this.#turn.isOver) await this.#turn.rest();
      }
    }
    this.#pieces.addText("]}");
    const gzip = acceptsGzip(preferences, this.#context.request.headers);
    return pieceReply(this.#pieces, gzip, this.#charge, this.#context);
  }

  async #add(key: string, { entry, version }: Found<Ready>): Promise<void> {
    const { clock } = this.#options;
    const pieces = this.#pieces;
    const view = new RecordView(entry.record);
    const { expiresAtWallMs } = view;
    const expiresAt = Number.isFinite(expiresAtWallMs) ? expiresAtWallMs : null;
    const meta = entryMetaOf(key, entry.record, clock.wallMs());
    const known = JSON.stringify({ ...meta, expiresAt, version: formatVersion(version) });
    pieces.addText(`${this.#hasEntry ? "," : ""}${known.slice(0, -1)}`);
    this.#hasEntry = true;
    const value = view.variants[IDENTITY]!;
    const isShown = this.#hasValues && value.length <= ENTRY_VALUE_BYTES_MAX;
    if (isShown && this.#valueBytes + value.length <= ENTRY_PAGE_BYTES_MAX) {
      this.#valueBytes += value.length;
      pieces.addText(',"value":');
      const encoding = await pieces.addString(value);
      pieces.addText(`,"encoding":"${encoding}"`);
    }
    pieces.addText("}");
  }
}
