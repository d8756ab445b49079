// Values of the application as bytes with a media type, and back: text, bytes, and JSON for everything else.

const decoder = new TextDecoder();

const TEXT = "text/plain; charset=utf-8";
const JSON_TYPE = "application/json";
const BYTES = "application/octet-stream";

export interface EncodedValue {
  readonly body: string | Uint8Array<ArrayBuffer>;
  readonly contentType: string;
}

/** Strings become text, bytes stay bytes, anything else becomes JSON. Throws a TypeError for what JSON has no form of. */
export function encodeValue(value: unknown): EncodedValue {
  if (typeof value === "string") return { body: value, contentType: TEXT };
  if (value instanceof Uint8Array) return { body: value as Uint8Array<ArrayBuffer>, contentType: BYTES };
  const text: string | undefined = JSON.stringify(value);
  if (text === undefined) throw new TypeError("The value has no JSON form.");
  return { body: text, contentType: JSON_TYPE };
}

/** What `encodeValue` made `bytes` of, told by their media type; of any other type: the bytes. */
export function decodeValue(bytes: Uint8Array, contentType: string): unknown {
  const type = contentType.split(";")[0]!.trim().toLowerCase();
  if (type === JSON_TYPE || type.endsWith("+json")) return JSON.parse(decoder.decode(bytes));
  return type.startsWith("text/") ? decoder.decode(bytes) : bytes;
}
