// One entry as a dump has it, and the lines of a dump in NDJSON.

import { isUtf8 } from "node:buffer";
import { UsageError } from "../usage-error.ts";

export interface DumpedEntry {
  readonly key: string;
  readonly contentType: string;
  readonly cacheControl: string | undefined;
  readonly tags: readonly string[];
  /** Milliseconds since 1970; none: it does not expire. */
  readonly expiresAtMs: number | undefined;
  /** `EPOCH.N`, as it was where it comes from. */
  readonly version: string;
  readonly value: Uint8Array;
}

/** What a file has one behind the other. `end`: bytes of the file up to the end of it. */
export type DumpItem =
  | { readonly kind: "entry"; readonly entry: DumpedEntry; readonly end: number }
  | { readonly kind: "cursor"; readonly cursor: string; readonly end: number }
  | { readonly kind: "end"; readonly end: number };

const FORMAT = 1;

export function headLine(): string {
  return JSON.stringify({ cachee: "dump", format: FORMAT });
}

export function entryLine(entry: DumpedEntry): string {
  const { key, contentType, cacheControl, tags, expiresAtMs, version, value } = entry;
  const encoding = isUtf8(value) ? "utf8" : "base64";
  return JSON.stringify({
    key,
    contentType,
    cacheControl: cacheControl ?? null,
    tags,
    expiresAt: expiresAtMs === undefined ? null : new Date(expiresAtMs).toISOString(),
    version,
    encoding,
    value: Buffer.from(value.buffer, value.byteOffset, value.length).toString(encoding),
  });
}

/** What a line says; nothing: it is the first of a file. Throws a UsageError for what is none of a dump's. */
export function readLine(line: string, number: number, end: number): DumpItem | undefined {
  const value = objectIn(line, number);
  if (value["cachee"] === "dump") {
    if (value["format"] === FORMAT) return undefined;
    throw new UsageError(
      `the dump is of format ${String(value["format"])}, and ${FORMAT} is the last known here`,
    );
  }
  if (value["end"] === true) return { kind: "end", end };
  const { cursor, key, contentType, tags, version, encoding, value: text } = value;
  if (typeof cursor === "string") return { kind: "cursor", cursor, end };
  if (typeof key !== "string" || typeof text !== "string") {
    throw new UsageError(`line ${number} has neither a key with a value nor a cursor`);
  }
  return {
    kind: "entry",
    end,
    entry: {
      key,
      contentType: typeof contentType === "string" ? contentType : "application/octet-stream",
      cacheControl: typeof value["cacheControl"] === "string" ? value["cacheControl"] : undefined,
      tags: Array.isArray(tags) ? tags.map(String) : [],
      expiresAtMs: timeIn(value["expiresAt"], number),
      version: typeof version === "string" ? version : "",
      value: Buffer.from(text, encoding === "base64" ? "base64" : "utf8"),
    },
  };
}

function objectIn(line: string, number: number): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value === "object" && value !== null) return value as Record<string, unknown>;
  } catch {
    // Said below.
  }
  throw new UsageError(`line ${number} is not a JSON object`);
}

function timeIn(given: unknown, number: number): number | undefined {
  if (given === null || given === undefined) return undefined;
  const ms = typeof given === "number" ? given : Date.parse(String(given));
  if (Number.isNaN(ms)) throw new UsageError(`line ${number} has an expiresAt that is no time`);
  return ms;
}
