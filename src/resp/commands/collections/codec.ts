// Hashes and sets as the value of one record: each field, value or member with its length before it, in their order.
//
// Names are strings of bytes, one character each, so that any bytes can be one.

/** Field to value. */
export type HashFields = Map<string, Uint8Array>;

const LENGTH_BYTES = 4;

/** Bytes as a name. */
export function nameOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");
}

/** A name as bytes. */
export function bytesOf(name: string): Uint8Array {
  return Buffer.from(name, "latin1");
}

export function encodeHash(fields: HashFields): Uint8Array {
  const parts: Uint8Array[] = [];
  for (const [name, value] of fields) parts.push(bytesOf(name), value);
  return encodeParts(parts);
}

export function encodeSet(members: ReadonlySet<string>): Uint8Array {
  return encodeParts(Array.from(members, bytesOf));
}

/** The fields in `bytes`, whose values are views of them; `undefined`: they are no hash. */
export function decodeHash(bytes: Uint8Array): HashFields | undefined {
  const parts = decodeParts(bytes);
  if (parts === undefined || parts.length % 2 === 1) return undefined;
  const fields: HashFields = new Map();
  for (let i = 0; i < parts.length; i += 2) fields.set(nameOf(parts[i]!), parts[i + 1]!);
  return fields;
}

/** The members in `bytes`; `undefined`: they are no set. */
export function decodeSet(bytes: Uint8Array): Set<string> | undefined {
  const parts = decodeParts(bytes);
  return parts === undefined ? undefined : new Set(parts.map(nameOf));
}

function encodeParts(parts: readonly Uint8Array[]): Uint8Array {
  let size = 0;
  for (const part of parts) size += LENGTH_BYTES + part.length;
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const part of parts) {
    view.setUint32(at, part.length, true);
    bytes.set(part, at + LENGTH_BYTES);
    at += LENGTH_BYTES + part.length;
  }
  return bytes;
}

function decodeParts(bytes: Uint8Array): Uint8Array[] | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const parts: Uint8Array[] = [];
  let at = 0;
  while (at < bytes.length) {
    if (at + LENGTH_BYTES > bytes.length) return undefined;
    const from = at + LENGTH_BYTES;
    const to = from + view.getUint32(at, true);
    if (to > bytes.length) return undefined;
    parts.push(bytes.subarray(from, to));
    at = to;
  }
  return parts;
}
