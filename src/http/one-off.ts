// Answers to reads of entries that are not hot: made straight from the record's bytes, nothing of them kept. Hot.

import { isAscii } from "node:buffer";
import { IDENTITY, type CodingIndex } from "../store/coding.ts";
import { bodyStart, etagIn, expiryIn, headIn, RecordView, variantBytes } from "../store/record.ts";
import { chooseCoding, type Preference } from "./accept-encoding.ts";
import { bySizeOf, fieldsOf, type HitStatus } from "./reply.ts";

const latin1Slice = Buffer.prototype.latin1Slice;
/** Templates kept; there is one for each content type, Cache-Control and coding. */
const TEMPLATES_MAX = 256;
/** Up to this many bytes a body in ASCII is handed over as text, which costs half of what bytes do in Bun 1.4.5. */
const TEXT_BYTES_MAX = 16_384;

export class OneOff {
  readonly #status: HitStatus;
  /** Fields that entries of one kind share, by that kind; what differs is set anew for each answer. */
  readonly #templates = new Map<string, Headers>();
  #lastKind = "";
  #last: Headers | undefined;
  #lastSecond = 0;
  #lastDate = "";

  constructor(status: HitStatus) {
    this.#status = status;
  }

  /** A 200 with the variant of `record` that `preference` wants; nothing when it wants none that is there. */
  reply(record: Uint8Array, version: string, preference: Preference): Response | undefined {
    const coding = chooseCoding(preference, record[1]!, codingsIn(record));
    if (coding === -1) return undefined;
    const headers = this.headers(record, version, coding);
    return new Response(textOr(variantIn(record, coding)), { headers });
  }

  /** The fields of that answer; good until the next call. */
  headers(record: Uint8Array, version: string, coding: CodingIndex): Headers {
    const expiresAtWallMs = expiryIn(record);
    const expires = expiresAtWallMs !== Number.POSITIVE_INFINITY;
    const headers = this.#template(record, coding, expires);
    headers.set("ETag", etagIn(record, coding));
    headers.set("X-Cache-Version", version);
    if (expires) headers.set("Expires", this.#date(expiresAtWallMs));
    return headers;
  }

  #template(record: Uint8Array, coding: CodingIndex, expires: boolean): Headers {
    const kind = `${coding}${expires ? "e" : ""}${headIn(record)}`;
    if (kind === this.#lastKind && this.#last !== undefined) return this.#last;
    let headers = this.#templates.get(kind);
    if (headers === undefined) {
      headers = new Headers(fieldsOf(new RecordView(record), "", this.#status, coding));
      if (this.#templates.size >= TEMPLATES_MAX) this.#templates.clear();
      this.#templates.set(kind, headers);
    }
    this.#lastKind = kind;
    this.#last = headers;
    return headers;
  }

  #date(wallMs: number): string {
    const second = Math.floor(wallMs / 1_000);
    if (second !== this.#lastSecond) {
      this.#lastSecond = second;
      this.#lastDate = new Date(wallMs).toUTCString();
    }
    return this.#lastDate;
  }
}

const ONLY_IDENTITY: readonly CodingIndex[] = [IDENTITY];

/** Codings that `record` holds, from the smallest variant to the largest. */
export function codingsIn(record: Uint8Array): readonly CodingIndex[] {
  const available = record[1]!;
  if (available === 1 << IDENTITY) return ONLY_IDENTITY;
  return bySizeOf(available, (coding) => variantBytes(record, coding));
}

/** A view of the variant of `coding`, which is there. */
export function variantIn(record: Uint8Array, coding: CodingIndex): Uint8Array<ArrayBuffer> {
  let start = bodyStart(record);
  for (let before: number = IDENTITY; before < coding; before++) start += variantBytes(record, before);
  return record.subarray(start, start + variantBytes(record, coding)) as Uint8Array<ArrayBuffer>;
}

function textOr(bytes: Uint8Array<ArrayBuffer>): string | Uint8Array<ArrayBuffer> {
  if (bytes.length > TEXT_BYTES_MAX || !isAscii(bytes)) return bytes;
  return latin1Slice.call(bytes, 0, bytes.length);
}
