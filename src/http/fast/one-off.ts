// Answers to reads of entries that are not hot: made from the record's bytes where they lie, nothing kept. Hot.

import { isAscii } from "node:buffer";
import type { RecordSpan } from "../../cache/engine.ts";
import type { CodingIndex } from "../../record/coding.ts";
import { etagIn, expiryIn, headIn, maskIn, variantBytes, variantStart } from "../../record/in-place.ts";
import { RecordView } from "../../record/record.ts";
import { chooseCoding, type Preference } from "../request/accept-encoding.ts";
import { fieldsOf, type HitStatus } from "../reply/fields.ts";
import { codingsBySizeIn } from "../reply/stored-codings.ts";

/** Templates kept; there is one for each content type, Cache-Control and coding. */
const TEMPLATES_MAX = 256;
/** Up to this many bytes a body in ASCII is handed over as text, which costs half of what bytes do in Bun 1.4.5. */
const TEXT_BYTES_MAX = 16_384;
/** Up to this many bytes a loop is quicker than a view: views of a slab are what the collector minds most. */
const LOOP_BYTES_MAX = 256;

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

  /** A 200 with the variant of the record in `span` that `preference` wants; nothing when it wants none of them. */
  reply(span: RecordSpan, version: string, preference: Preference): Response | undefined {
    const { bytes, start } = span;
    const coding = chooseCoding(preference, maskIn(bytes, start), codingsBySizeIn(bytes, start));
    if (coding === -1) return undefined;
    const headers = this.headers(span, version, coding);
    const from = variantStart(bytes, coding, start);
    return new Response(bodyOf(bytes, from, from + variantBytes(bytes, coding, start)), { headers });
  }

  /** The fields of that answer; good until the next call. */
  headers({ bytes, start, end }: RecordSpan, version: string, coding: CodingIndex): Headers {
    const expiresAtWallMs = expiryIn(bytes, start);
    const expires = expiresAtWallMs !== Number.POSITIVE_INFINITY;
    const kind = `${coding}${expires ? "e" : ""}${headIn(bytes, start)}`;
    const headers =
      kind === this.#lastKind && this.#last !== undefined
        ? this.#last
        : this.#template(kind, coding, bytes.subarray(start, end));
    headers.set("ETag", etagIn(bytes, start, coding));
    headers.set("X-Cache-Version", version);
    if (expires) headers.set("Expires", this.#date(expiresAtWallMs));
    return headers;
  }

  #template(kind: string, coding: CodingIndex, record: Uint8Array): Headers {
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

/** A view of the variant of `coding`, which is there. */
export function variantIn({ bytes, start }: RecordSpan, coding: CodingIndex): Uint8Array<ArrayBuffer> {
  const from = variantStart(bytes, coding, start);
  return bytes.subarray(from, from + variantBytes(bytes, coding, start)) as Uint8Array<ArrayBuffer>;
}

function bodyOf(bytes: Buffer, from: number, to: number): string | Uint8Array<ArrayBuffer> {
  if (to - from <= LOOP_BYTES_MAX) {
    for (let at = from; at < to; at++) {
      if (bytes[at]! > 127) return bytes.subarray(from, to) as Uint8Array<ArrayBuffer>;
    }
    return bytes.latin1Slice(from, to);
  }
  const view = bytes.subarray(from, to) as Uint8Array<ArrayBuffer>;
  return to - from <= TEXT_BYTES_MAX && isAscii(view) ? bytes.latin1Slice(from, to) : view;
}
