// DUMP and RESTORE: values in Redis's own form, with its version and checksum, to be moved to and from a Redis.

import { collectionKind, collectionType } from "../../../record/collection.ts";
import { RecordView } from "../../../record/record.ts";
import { Slices } from "../../../base/loop/slices.ts";
import type { Draft } from "../../../store/store.ts";
import { parseInteger } from "../../wire/integer.ts";
import { NOT_INTEGER, Refusal, SYNTAX, TOO_LARGE } from "../../wire/refusal.ts";
import { decodeHash, decodeSet, HashFields } from "../collections/codec.ts";
import type { Call } from "../call.ts";
import type { Command } from "../command.ts";
import { readEntry } from "../read-entry.ts";
import { plainDraft, readModifyWrite } from "../read-modify-write.ts";
import { EXPIRY_WALL_MS_MAX } from "../../../base/limits.ts";
import { Crc64 } from "./crc64.ts";
import { readRdbValue, writeRdbHash, writeRdbSet, writeRdbString, type RdbValue } from "./rdb-value.ts";

/** Of RDB: what is written here Redis 5 and all since read; the last whose values are read here. */
const VERSION_WRITTEN = 9;
const VERSION_MAX = 12;
const VERSION_BYTES = 2;
const FOOTER_BYTES = VERSION_BYTES + 8;
/** Bytes of a checksum between two looks at the clock. */
const SUMMED_AT_ONCE = 128 * 1_024;

const BUSY = new Refusal("BUSYKEY Target key name already exists.");
const BAD_SUM = new Refusal("ERR DUMP payload version or checksum are wrong");
const BAD_FORMAT = new Refusal("ERR Bad data format");

/** When fields of a hash expire is not told. */
function partsOf({ contentType, body }: RecordView, wallMs: number): Uint8Array[] {
  const kind = collectionKind(contentType);
  if (kind === "hash") return writeRdbHash(decodeHash(body, wallMs) ?? new HashFields());
  return kind === "set" ? writeRdbSet(decodeSet(body) ?? new Set()) : writeRdbString(body);
}

/** In slices; nothing: the client has gone. */
async function sumOf(call: Call, bytes: Uint8Array, size: number): Promise<bigint | undefined> {
  const slices = new Slices(call.services.options.clock.nowMs);
  const sum = new Crc64();
  for (let at = 0; at < size; at += SUMMED_AT_ONCE) {
    sum.update(bytes, at, Math.min(size, at + SUMMED_AT_ONCE));
    if (!(await call.pause(slices))) return undefined;
  }
  return sum.value;
}

async function runDump(call: Call): Promise<void> {
  let payload: Buffer | undefined;
  let isAnswered = true;
  await readEntry(call, call.keys[0]!, (record) => {
    isAnswered = false;
    if (record === undefined) return;
    const footer = Buffer.alloc(FOOTER_BYTES);
    footer.writeUInt16LE(VERSION_WRITTEN);
    payload = Buffer.concat([
      ...partsOf(new RecordView(record), call.services.options.clock.wallMs()),
      footer,
    ]);
  });
  if (isAnswered) return;
  if (payload === undefined) return call.out.nil();
  const sum = await sumOf(call, payload, payload.length - 8);
  if (sum === undefined) return;
  payload.writeBigUInt64LE(sum, payload.length - 8);
  call.out.bulk(payload, 0, payload.length);
}

interface RestoreOptions {
  readonly replaces: boolean;
  readonly isAbsolute: boolean;
}

function parseOptions(call: Call): RestoreOptions | Refusal {
  const { args } = call;
  let replaces = false;
  let isAbsolute = false;
  for (let i = 4; i < args.count; i++) {
    const word = args.lower(i);
    const number = i + 1 < args.count ? parseInteger(args.latin1(i + 1)) : undefined;
    const hasMore = i + 1 < args.count;
    if (word === "replace") replaces = true;
    else if (word === "absttl") isAbsolute = true;
    else if (word === "idletime" && hasMore) {
      if (number === undefined) return new Refusal(NOT_INTEGER);
      if (number < 0n) return new Refusal("ERR Invalid IDLETIME value, must be >= 0");
      i += 1;
    } else if (word === "freq" && hasMore) {
      if (number === undefined) return new Refusal(NOT_INTEGER);
      if (number < 0n || number > 255n) return new Refusal("ERR Invalid FREQ value, must be >= 0 and <= 255");
      i += 1;
    } else return new Refusal(SYNTAX);
  }
  return { replaces, isAbsolute };
}

/** When the entry expires by the wall clock, if it does. */
function expiryOf(call: Call, isAbsolute: boolean): number | undefined | Refusal {
  const ttl = parseInteger(call.args.latin1(2));
  if (ttl === undefined) return new Refusal(NOT_INTEGER);
  if (ttl < 0n) return new Refusal("ERR Invalid TTL value, must be >= 0");
  if (ttl === 0n) return undefined;
  const at = Number(ttl) + (isAbsolute ? 0 : call.services.options.clock.wallMs());
  return at > EXPIRY_WALL_MS_MAX ? new Refusal("ERR invalid expire time in 'restore' command") : at;
}

async function valueOf(call: Call, payload: Buffer): Promise<RdbValue | Refusal | undefined> {
  if (payload.length < FOOTER_BYTES + 1) return BAD_SUM;
  const end = payload.length - FOOTER_BYTES;
  if (payload.readUInt16LE(end) > VERSION_MAX) return BAD_SUM;
  const given = payload.readBigUInt64LE(payload.length - 8);
  // Redis takes a payload without a checksum, too.
  if (given !== 0n) {
    const sum = await sumOf(call, payload, payload.length - 8);
    if (sum === undefined) return undefined;
    if (sum !== given) return BAD_SUM;
  }
  const { valueBytesMax } = call.services.options;
  const value = readRdbValue(payload.subarray(0, end), valueBytesMax);
  if (value === undefined) return BAD_FORMAT;
  return value.body.length > valueBytesMax ? TOO_LARGE : value;
}

async function runRestore(call: Call): Promise<void> {
  const options = parseOptions(call);
  if (options instanceof Refusal) return call.fail(options.text);
  const expiry = expiryOf(call, options.isAbsolute);
  const value = await valueOf(call, Buffer.from(call.args.bytes(3)));
  if (value === undefined) return;
  const { clock, defaultTtlMs } = call.services.options;
  const done = readModifyWrite<"done">(call, call.keys[0]!, (existing) => {
    if (existing !== undefined && !options.replaces) return BUSY;
    if (expiry instanceof Refusal) return expiry;
    if (value instanceof Refusal) return value;
    if (expiry !== undefined && expiry <= clock.wallMs()) {
      return existing === undefined ? { answer: "done" } : { put: "nothing", answer: "done" };
    }
    return { put: draftOf(value, defaultTtlMs, expiry), answer: "done" };
  });
  await call.answer(done, () => call.out.ok());
}

function draftOf({ kind, body }: RdbValue, ttlMs: number | undefined, expiry: number | undefined): Draft {
  const draft = plainDraft(body, ttlMs, expiry);
  return kind === undefined ? draft : { ...draft, contentType: collectionType(kind) };
}

export const DUMP_COMMANDS: readonly Command[] = [
  {
    name: "dump",
    arity: 2,
    right: "read",
    keys: [1, 1, 1],
    summary: "Returns a value in Redis's own form.",
    run: runDump,
  },
  {
    name: "restore",
    arity: -4,
    right: "write",
    keys: [1, 1, 1],
    summary: "Stores a value that DUMP returned.",
    run: runRestore,
  },
];
