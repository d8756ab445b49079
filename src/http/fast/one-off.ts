// Answers to reads of entries that are not hot: made from the record's bytes where they lie, nothing kept. Hot.

import { isAscii } from "node:buffer";
import type { RecordSpan } from "../../cache/engine.ts";
import type { CodingIndex } from "../../record/coding.ts";
import { etagIn, expiryIn, headIn, maskIn, variantBytes, variantStart } from "../../record/in-place.ts";
import { RecordView } from "../../record/record.ts";
import { chooseCoding, type Preference } from "../request/accept-encoding.ts";
import { lifetimeSecondsOf, setAge } from "../reply/age.ts";
import { fieldsOf, L1_HIT, type FixedFields } from "../reply/fields.ts";
import { codingsBySizeIn } from "../reply/stored-codings.ts";

/** Templates kept; there is one for each content type, Cache-Control and coding. */
const TEMPLATES_MAX = 256;
/** Up to this many bytes a body in ASCII is handed over as text, which costs half of what bytes do in Bun 1.4.5. */
const TEXT_BYTES_MAX = 16_384;
/** Up to this many bytes a loop is quicker than a view: views of a slab are what the collector minds most. */
const LOOP_BYTES_MAX = 256;

/** Fields that entries of one kind share, and for how many seconds these are fresh, if their writer said. */
interface Template {
  readonly headers: Headers;
  readonly lifetimeSeconds: number | undefined;
}

export class OneOff {
  /** By the kind of entry; what differs within one is set anew for each answer. */
  readonly #templates = new Map<string, Template>();
  readonly #fixed: FixedFields;
  #lastKind = "";
  #last: Template | undefined;
  #lastSecond = 0;
  #lastDate = "";

  /** `fixed`: fields that every answer has besides, or instead. */
  constructor(fixed: FixedFields) {
    this.#fixed = fixed;
  }

  /**
   * A 200 with the variant of the record in `span` that `preference` wants, which expires in `remainingMs`; nothing when
   * it wants none of them.
   */
  reply(
    span: RecordSpan,
    version: string,
    preference: Preference,
    remainingMs: number,
  ): Response | undefined {
    const { bytes, start } = span;
    const coding = chooseCoding(preference, maskIn(bytes, start), codingsBySizeIn(bytes, start));
    if (coding === -1) return undefined;
    const headers = this.headers(span, version, coding);
    const lifetimeSeconds = this.#last!.lifetimeSeconds;
    if (lifetimeSeconds !== undefined) setAge(headers, L1_HIT, lifetimeSeconds, remainingMs);
    const from = variantStart(bytes, coding, start);
    return new Response(bodyOf(bytes, from, from + variantBytes(bytes, coding, start)), { headers });
  }

  /** The fields of that answer, but for its age; good until the next call. */
  headers({ bytes, start, end }: RecordSpan, version: string, coding: CodingIndex): Headers {
    const expiresAtWallMs = expiryIn(bytes, start);
    const expires = expiresAtWallMs !== Number.POSITIVE_INFINITY;
    const kind = `${coding}${expires ? "e" : ""}${headIn(bytes, start)}`;
    const template =
      kind === this.#lastKind && this.#last !== undefined
        ? this.#last
        : this.#template(kind, coding, bytes.subarray(start, end));
    const { headers } = template;
    if (template.lifetimeSeconds !== undefined) {
      headers.delete("Age");
      headers.set("Cache-Status", L1_HIT);
    }
    headers.set("ETag", etagIn(bytes, start, coding));
    headers.set("X-Cache-Version", version);
    if (expires) headers.set("Expires", this.#date(expiresAtWallMs));
    return headers;
  }

  #template(kind: string, coding: CodingIndex, record: Uint8Array): Template {
    let template = this.#templates.get(kind);
    if (template === undefined) {
      const view = new RecordView(record);
      const headers = new Headers(fieldsOf(view, "", L1_HIT, coding));
      for (const [name, value] of this.#fixed) headers.set(name, value);
      template = { headers, lifetimeSeconds: lifetimeSecondsOf(view.cacheControl) };
      if (this.#templates.size >= TEMPLATES_MAX) this.#templates.clear();
      this.#templates.set(kind, template);
    }
    this.#lastKind = kind;
    this.#last = template;
    return template;
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
