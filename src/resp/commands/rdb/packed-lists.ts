// The lists in one piece in which Redis keeps small collections: ziplists, listpacks, sets of integers. Warm.

import { RdbReader } from "./rdb-reader.ts";

const END = 255;
const ZIPLIST_HEAD_BYTES = 10;
const LISTPACK_HEAD_BYTES = 6;
/** In a ziplist: the length before is not in one byte. */
const LONG_BEFORE = 254;

/** The items of a list, or nothing where it is damaged. */
type ReadItems = (bytes: Uint8Array) => Uint8Array[] | undefined;

const text = (number: string): Uint8Array => Buffer.from(number, "latin1");

function items(bytes: Uint8Array, headBytes: number, item: (reader: RdbReader) => Uint8Array | undefined) {
  const reader = new RdbReader(bytes, bytes.length);
  reader.take(headBytes);
  const found: Uint8Array[] = [];
  while (!reader.isBad) {
    const next = item(reader);
    if (next === undefined) break;
    found.push(next);
  }
  return reader.isBad || reader.left > 0 ? undefined : found;
}

export const readZiplist: ReadItems = (bytes) => items(bytes, ZIPLIST_HEAD_BYTES, ziplistItem);

function ziplistItem(reader: RdbReader): Uint8Array | undefined {
  const before = reader.byte();
  if (before === END) return undefined;
  if (before === LONG_BEFORE) reader.take(4);
  const first = reader.byte();
  switch (first >> 6) {
    case 0:
      return reader.take(first & 63);
    case 1:
      return reader.take(((first & 63) << 8) | reader.byte());
    case 2:
      return reader.take(reader.unsignedBig());
    default:
      return text(ziplistNumber(reader, first));
  }
}

function ziplistNumber(reader: RdbReader, first: number): string {
  switch (first) {
    case 0xc0:
      return reader.signedText(2);
    case 0xd0:
      return reader.signedText(4);
    case 0xe0:
      return reader.signedText(8);
    case 0xf0:
      return reader.signedText(3);
    case 0xfe:
      return reader.signedText(1);
    default:
      if (first < 0xf1 || first > 0xfd) reader.isBad = true;
      return String((first & 15) - 1);
  }
}

export const readListpack: ReadItems = (bytes) => items(bytes, LISTPACK_HEAD_BYTES, listpackItem);

function listpackItem(reader: RdbReader): Uint8Array | undefined {
  const before = reader.left;
  const first = reader.byte();
  if (first === END) return undefined;
  const item = listpackValue(reader, first);
  reader.take(backlengthBytes(before - reader.left));
  return item;
}

function listpackValue(reader: RdbReader, first: number): Uint8Array {
  if (first < 0x80) return text(String(first));
  if (first < 0xc0) return reader.take(first & 63);
  if (first < 0xe0) {
    const value = ((first & 31) << 8) | reader.byte();
    return text(String(value >= 4_096 ? value - 8_192 : value));
  }
  if (first < 0xf0) return reader.take(((first & 15) << 8) | reader.byte());
  switch (first) {
    case 0xf0:
      return reader.take(reader.unsigned(4));
    case 0xf1:
      return text(reader.signedText(2));
    case 0xf2:
      return text(reader.signedText(3));
    case 0xf3:
      return text(reader.signedText(4));
    case 0xf4:
      return text(reader.signedText(8));
    default:
      reader.isBad = true;
      return text("");
  }
}

/** Behind an item of so many bytes stands its length, seven bits a byte. */
function backlengthBytes(size: number): number {
  if (size < 128) return 1;
  if (size < 16_384) return 2;
  if (size < 2_097_152) return 3;
  return size < 268_435_456 ? 4 : 5;
}

export const readIntset: ReadItems = (bytes) => {
  const reader = new RdbReader(bytes, bytes.length);
  const size = reader.unsigned(4);
  const count = reader.unsigned(4);
  if ((size !== 2 && size !== 4 && size !== 8) || !reader.has(size * count)) return undefined;
  const found: Uint8Array[] = [];
  for (let i = 0; i < count; i++) found.push(text(reader.signedText(size)));
  return reader.left === 0 ? found : undefined;
};
