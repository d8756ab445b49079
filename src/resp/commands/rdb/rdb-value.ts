// A value in the form in which Redis dumps it: read from any of its encodings, written in the plainest. Warm.

import type { CollectionKind } from "../../../record/collection.ts";
import { bytesOf, encodeHash, encodeSet, nameOf, HashFields } from "../collections/codec.ts";
import { parseInteger } from "../../wire/integer.ts";
import { readIntset, readListpack, readZiplist } from "./packed-lists.ts";
import { RdbReader } from "./rdb-reader.ts";

/** What RDB calls the types that are known here. */
const STRING = 0;
const SET = 2;
const HASH = 4;
const SET_INTSET = 11;
const HASH_ZIPLIST = 13;
const HASH_LISTPACK = 16;
const SET_LISTPACK = 20;

/** Numbers that are kept as such have no more characters. */
const INTEGER_CHARS_MAX = 11;

export interface RdbValue {
  /** `undefined`: a string. */
  readonly kind: CollectionKind | undefined;
  /** As it is kept in a record. */
  readonly body: Uint8Array;
}

/** The value in `bytes`, which end with it; nothing where they are damaged, or of a type that is not known here. */
export function readRdbValue(bytes: Uint8Array, bytesMax: number): RdbValue | undefined {
  const reader = new RdbReader(bytes, bytesMax);
  const type = reader.byte();
  if (type === STRING) {
    const body = reader.string();
    return reader.isBad || reader.left > 0 ? undefined : { kind: undefined, body };
  }
  const parts = partsOf(reader, type);
  if (parts === undefined || reader.isBad || reader.left > 0 || parts.length === 0) return undefined;
  return type === SET || type === SET_INTSET || type === SET_LISTPACK ? setOf(parts) : hashOf(parts);
}

/** Members, or fields each before its value. */
function partsOf(reader: RdbReader, type: number): Uint8Array[] | undefined {
  switch (type) {
    case SET:
    case HASH: {
      const count = reader.count() * (type === HASH ? 2 : 1);
      const parts: Uint8Array[] = [];
      for (let i = 0; i < count && !reader.isBad; i++) parts.push(reader.string());
      return parts;
    }
    case SET_INTSET:
      return readIntset(reader.string());
    case HASH_ZIPLIST:
      return readZiplist(reader.string());
    case HASH_LISTPACK:
    case SET_LISTPACK:
      return readListpack(reader.string());
    default:
      return undefined;
  }
}

/** One that has a member twice is damaged, and so is a hash. */
function setOf(parts: readonly Uint8Array[]): RdbValue | undefined {
  const members = new Set(parts.map(nameOf));
  return members.size < parts.length ? undefined : { kind: "set", body: encodeSet(members) };
}

function hashOf(parts: readonly Uint8Array[]): RdbValue | undefined {
  const fields = new HashFields();
  if (parts.length % 2 === 1) return undefined;
  for (let i = 0; i < parts.length; i += 2) fields.set(nameOf(parts[i]!), parts[i + 1]!);
  return fields.size < parts.length / 2 ? undefined : { kind: "hash", body: encodeHash(fields) };
}

export function writeRdbString(body: Uint8Array): Uint8Array[] {
  return [Uint8Array.of(STRING), ...stringParts(body)];
}

export function writeRdbSet(members: ReadonlySet<string>): Uint8Array[] {
  const parts = [Uint8Array.of(SET), lengthOf(members.size)];
  for (const member of members) parts.push(...stringParts(bytesOf(member)));
  return parts;
}

export function writeRdbHash(fields: HashFields): Uint8Array[] {
  const parts = [Uint8Array.of(HASH), lengthOf(fields.size)];
  for (const [name, value] of fields) parts.push(...stringParts(bytesOf(name)), ...stringParts(value));
  return parts;
}

function stringParts(body: Uint8Array): Uint8Array[] {
  return [integerOf(body) ?? lengthOf(body.length), ...(integerOf(body) === undefined ? [body] : [])];
}

/** A number of up to 32 bits in its own encoding. */
function integerOf(body: Uint8Array): Uint8Array | undefined {
  if (body.length > INTEGER_CHARS_MAX) return undefined;
  const value = parseInteger(Buffer.from(body).latin1Slice());
  if (value === undefined) return undefined;
  const number = Number(value);
  for (const [encoding, size] of [1, 2, 4].entries()) {
    const bound = 2 ** (8 * size - 1);
    if (number < -bound || number >= bound) continue;
    const bytes = new Uint8Array(1 + size);
    bytes[0] = 0xc0 | encoding;
    for (let i = 0; i < size; i++) bytes[1 + i] = (number >> (8 * i)) & 255;
    return bytes;
  }
  return undefined;
}

function lengthOf(size: number): Uint8Array {
  if (size < 64) return Uint8Array.of(size);
  if (size < 16_384) return Uint8Array.of(0x40 | (size >> 8), size & 255);
  const bytes = new Uint8Array(5);
  bytes[0] = 0x80;
  new DataView(bytes.buffer).setUint32(1, size);
  return bytes;
}
