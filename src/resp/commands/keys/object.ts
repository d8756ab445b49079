// OBJECT: how Redis would keep a value, and how much it is used.

import { after, type MaybePromise } from "../../../base/maybe-promise.ts";
import { collectionKind } from "../../../record/collection.ts";
import { RecordView } from "../../../record/record.ts";
import { decodeHash, decodeSet, HashFields } from "../collections/codec.ts";
import { parseInteger } from "../../wire/integer.ts";
import type { Call } from "../call.ts";
import type { Command } from "../command.ts";
import { readEntry } from "../read-entry.ts";
import type { EncodingLimits } from "./encoding-limits.ts";

/** The longest text that Redis keeps beside its object's head. */
const EMBEDDED_BYTES_MAX = 44;
/** The highest frequency that OBJECT FREQ tells; each of the hottest keys below the first has one less. */
const FREQUENCY_MAX = 255;

function runEncoding(call: Call): MaybePromise<void> {
  return readEntry(call, call.keys[0]!, (record) => {
    if (record === undefined) call.out.nil();
    else call.out.bulkText(encodingOf(new RecordView(record), call.services.encodings));
  });
}

/** As Redis would keep a value that was set as a whole. */
function encodingOf({ contentType, body }: RecordView, limits: EncodingLimits): string {
  const kind = collectionKind(contentType);
  if (kind === "hash") return hashEncoding(body, limits);
  if (kind === "set") return setEncoding(body, limits);
  if (body.length > EMBEDDED_BYTES_MAX) return "raw";
  return parseInteger(Buffer.from(body).latin1Slice()) === undefined ? "embstr" : "int";
}

function hashEncoding(body: Uint8Array, { hashEntries, hashValueBytes }: EncodingLimits): string {
  const fields = decodeHash(body, 0) ?? new HashFields();
  const isSmall = [...fields].every(
    ([name, value]) => name.length <= hashValueBytes && value.length <= hashValueBytes,
  );
  if (!isSmall || fields.size > hashEntries) return "hashtable";
  return fields.expiries.size > 0 ? "listpackex" : "listpack";
}

function setEncoding(body: Uint8Array, limits: EncodingLimits): string {
  const members = decodeSet(body) ?? new Set<string>();
  const all = [...members];
  if (all.length <= limits.intsetEntries && all.every((member) => parseInteger(member) !== undefined)) {
    return "intset";
  }
  const isSmall = all.every((member) => member.length <= limits.setValueBytes);
  return isSmall && all.length <= limits.setEntries ? "listpack" : "hashtable";
}

/** Answers a number of an entry that is there; an entry that only L2 has is there as well. */
function answerIfThere(value: (call: Call, key: string) => number) {
  return (call: Call): MaybePromise<void> => {
    const { store } = call.services;
    const key = call.keys[0]!;
    return after(store.read(key, call.nowMs), (result) => {
      if (result.kind === "found") call.out.integer(value(call, key));
      else call.out.nil();
    });
  };
}

/** A rank rather than a count: 255 for the hottest key, one less for each after it, 0 for all others. */
function frequencyOf({ services, nowMs }: Call, key: string): number {
  const place = services.store.engine.hottest(FREQUENCY_MAX, nowMs).indexOf(key);
  return place < 0 ? 0 : FREQUENCY_MAX - place;
}

const row = (name: string, summary: string, run: Command["run"]): Command => ({
  name: `object|${name}`,
  arity: 3,
  right: "read",
  keys: [2, 2, 1],
  summary,
  run,
});

export const OBJECT_COMMAND: Command = {
  name: "object",
  arity: -2,
  right: "key",
  summary: "Tells how a value is kept.",
  run: () => undefined,
  subcommands: [
    row("encoding", "Says how Redis would keep the value.", runEncoding),
    row(
      "refcount",
      "Says how often a value is kept: once.",
      answerIfThere(() => 1),
    ),
    row(
      "idletime",
      "Accepted; says 0 seconds.",
      answerIfThere(() => 0),
    ),
    row("freq", "Ranks the keys that are read most: 255 for the first.", answerIfThere(frequencyOf)),
  ],
};
