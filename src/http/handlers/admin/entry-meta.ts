// What operators are told of an entry: all but its value, and the beginning of that.

import { CODINGS, CODING_INDEXES } from "../../../record/coding.ts";
import { RecordView } from "../../../record/record.ts";
import { etagOf } from "../../../record/etag.ts";
import { IDENTITY } from "../../../record/coding.ts";
import type { EntryMeta } from "../../../dashboard/ranking.ts";
import { unmarked } from "../../request/cache-control.ts";

/** Bytes of a value that are shown. */
const PREVIEW_BYTES = 1_024;

/** Good for as long as `record` is. */
export function entryMetaOf(key: string, record: Uint8Array, nowWallMs: number): EntryMeta {
  const view = new RecordView(record);
  const variants: Record<string, number> = {};
  for (const coding of CODING_INDEXES) {
    const variant = view.variants[coding];
    if (variant !== undefined) variants[CODINGS[coding]] = variant.length;
  }
  const { expiresAtWallMs } = view;
  return {
    key,
    contentType: view.contentType,
    cacheControl: view.cacheControl === undefined ? null : unmarked(view.cacheControl),
    etag: etagOf(view.hash, IDENTITY),
    tags: view.tags,
    bytes: view.variants[IDENTITY]!.length,
    variants,
    ttl: Number.isFinite(expiresAtWallMs) ? Math.max(0, (expiresAtWallMs - nowWallMs) / 1_000) : null,
  };
}

const decoder = new TextDecoder("utf-8", { fatal: true });

/** The first bytes of the value as text or, where they are none, in base64. */
export function previewOf(record: Uint8Array): {
  readonly encoding: "utf8" | "base64";
  readonly value: string;
} {
  const bytes = new RecordView(record).variants[IDENTITY]!;
  const cut = bytes.subarray(0, PREVIEW_BYTES);
  // A character may have been cut in two, of up to four bytes.
  const shorterMax = cut.length < bytes.length ? 3 : 0;
  for (let shorter = 0; shorter <= shorterMax; shorter++) {
    try {
      return { encoding: "utf8", value: decoder.decode(cut.subarray(0, cut.length - shorter)) };
    } catch {
      // Not whole characters.
    }
  }
  return { encoding: "base64", value: Buffer.from(cut).toString("base64") };
}
