// Reads JSON request bodies and checks their shape; complaints name the place. Cold.

import { release } from "../../base/bytes/release.ts";
import { CacheeError, type ErrorCode } from "../../base/errors.ts";
import { keyFault } from "../../gate/key.ts";
import { charged, type Context } from "../context.ts";
import { Turn } from "../turn.ts";
import { readDecoded } from "./decoded-body.ts";
import { jsonExcess } from "./json-bounds.ts";
import { checkQuery } from "./write-fields.ts";

export type JsonObject = Readonly<Record<string, unknown>>;

const LARGE_TEXT_BYTES_MIN = 1024 * 1024;
const decoder = new TextDecoder("utf-8", { fatal: true });

/** The body as a JSON object whose members are all among `names`. */
export async function readJsonObject(
  context: Context,
  bytesMax: number,
  names: readonly string[],
  code: ErrorCode,
): Promise<JsonObject> {
  checkQuery(context.query, []);
  return checkObject(await readJson(context, bytesMax), "the body", names, code);
}

/** The body, which may be compressed, as a value in JSON; its text has at most `bytesMax` bytes. */
export async function readJson(context: Context, bytesMax: number): Promise<unknown> {
  const bytes = await readDecoded(context, bytesMax, "body_too_large");
  // Beside the bytes there is their text, and then the strings in it.
  charged(context, "json").cover(2 * bytes.length);
  // Each step takes some ms, and parsing up to 30 ms for the largest body; others run between them.
  const turn = bytes.length > LARGE_TEXT_BYTES_MIN ? new Turn(context) : undefined;
  await turn?.rest();
  const excess = jsonExcess(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length));
  if (excess !== undefined) throw new CacheeError("bad_json", `The body has ${excess}.`);
  await turn?.rest();
  try {
    const text = decoder.decode(bytes);
    release(bytes);
    await turn?.rest();
    return JSON.parse(text);
  } catch {
    throw new CacheeError("bad_json", "The body is not JSON in UTF-8.");
  }
}

export function checkObject(
  value: unknown,
  place: string,
  names: readonly string[],
  code: ErrorCode,
): JsonObject {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new CacheeError(code, `${place} is not an object.`);
  }
  const unknown = Object.keys(value).find((name) => !names.includes(name));
  if (unknown !== undefined) {
    throw new CacheeError(code, `${place} has an unknown member ${JSON.stringify(unknown.slice(0, 64))}.`);
  }
  return value as JsonObject;
}

/** An array of at most `countMax` items, or an empty one where `value` is absent. */
export function checkArray(
  value: unknown,
  place: string,
  countMax: number,
  code: ErrorCode,
): readonly unknown[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw new CacheeError(code, `${place} is not an array.`);
  if (value.length > countMax) throw new CacheeError(code, `${place} has more than ${countMax} items.`);
  return value;
}

export function checkString(value: unknown, place: string, code: ErrorCode): string {
  if (typeof value !== "string") throw new CacheeError(code, `${place} is not a string.`);
  if (!value.isWellFormed()) throw new CacheeError(code, `${place} has half a character.`);
  return value;
}

/** A string that may be the key of an entry. */
export function checkCacheKey(value: unknown, place: string, code: ErrorCode): string {
  const key = checkString(value, place, code);
  const fault = keyFault(key);
  if (fault !== undefined) throw new CacheeError(code, `${place}: ${fault.message}`);
  return key;
}
