// Hashes and sets as the value of one record: each field, value or member with its length before it, in their order.
//
// Where fields expire, one more part follows: the index of each such field, 32 bits, and its time in wall ms, a double.
//
// Names are strings of bytes, one character each, so that any bytes can be one.

/** Field to value. One that is set does not expire, whatever it was before. */
export class HashFields extends Map<string, Uint8Array> {
  /** When fields expire that do, wall ms. */
  readonly expiries = new Map<string, number>();

  override set(name: string, value: Uint8Array): this {
    this.expiries.delete(name);
    return super.set(name, value);
  }

  override delete(name: string): boolean {
    this.expiries.delete(name);
    return super.delete(name);
  }

  /** As `set`, of a field that goes on to expire when it did. */
  change(name: string, value: Uint8Array): void {
    super.set(name, value);
  }
}

const EXPIRY_BYTES = 12;

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
  const { expiries } = fields;
  const times = Buffer.alloc(EXPIRY_BYTES * expiries.size);
  let timesAt = 0;
  for (const [name, value] of fields) {
    const at = expiries.get(name);
    if (at !== undefined) {
      times.writeUInt32LE(parts.length / 2, timesAt);
      times.writeDoubleLE(at, timesAt + 4);
      timesAt += EXPIRY_BYTES;
    }
    parts.push(bytesOf(name), value);
  }
  if (times.length > 0) parts.push(times);
  return encodeParts(parts);
}

export function encodeSet(members: ReadonlySet<string>): Uint8Array {
  return encodeParts(Array.from(members, bytesOf));
}

/** The fields in `bytes` that are there at `wallMs`, values as views; `undefined`: they are no hash. */
export function decodeHash(bytes: Uint8Array, wallMs: number): HashFields | undefined {
  const parts = decodeParts(bytes);
  if (parts === undefined) return undefined;
  const times = parts.length % 2 === 1 ? parts.pop() : undefined;
  const fields = new HashFields();
  for (let i = 0; i < parts.length; i += 2) fields.set(nameOf(parts[i]!), parts[i + 1]!);
  return times === undefined || takeTimes(fields, parts, times, wallMs) ? fields : undefined;
}

/** Notes when fields expire, and drops those that have; `false`: `times` are none. */
function takeTimes(
  fields: HashFields,
  parts: readonly Uint8Array[],
  times: Uint8Array,
  wallMs: number,
): boolean {
  if (times.length === 0 || times.length % EXPIRY_BYTES !== 0) return false;
  const view = new DataView(times.buffer, times.byteOffset, times.length);
  for (let i = 0; i < times.length; i += EXPIRY_BYTES) {
    const name = parts[2 * view.getUint32(i, true)];
    const at = view.getFloat64(i + 4, true);
    if (name === undefined || Number.isNaN(at)) return false;
    if (at <= wallMs) fields.delete(nameOf(name));
    else fields.expiries.set(nameOf(name), at);
  }
  return true;
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
