// Fuzzes what is read of a record and of the envelope around it: whatever L2 hands out, it is whole or it is refused.

import { decodeEnvelope } from "../../../src/record/envelope.ts";
import { encodeEnvelope } from "../../support/memory-l2/encode-envelope.ts";
import {
  bodyBytes,
  bodyStart,
  typeBytes,
  typeStart,
  variantBytes,
  variantStart,
} from "../../../src/record/in-place.ts";
import { CODING_INDEXES } from "../../../src/record/coding.ts";
import { isRecord } from "../../../src/record/is-record.ts";
import { encodeRecord, RecordView, type RecordParts } from "../../../src/record/record.ts";
import { corpusOf } from "../support/corpus.ts";
import { takeCoverage } from "../support/coverage.ts";
import type { Fuzzer } from "../support/fuzzer.ts";
import { below, mutated, oneOf } from "../support/mutate.ts";

const EPOCH = "01234567-89ab-cdef-0123-456789abcdef";
const TYPES = ["", "text/plain", "application/json; charset=utf-8", "é/ü", "x".repeat(300)];
const CACHE_CONTROLS = [undefined, "", "max-age=60", "private, no-cache"];
const TAGS = ["a", "b".repeat(64), "ö", ""];
const EXPIRIES = [0, 1, 1e12, Number.POSITIVE_INFINITY, 8.64e15, -1];

function partsOf(random: () => number): RecordParts {
  const bytes = () => new Uint8Array(below(random, 200)).map(() => below(random, 256));
  const variant = () => (random() < 0.5 ? undefined : bytes());
  return {
    contentType: oneOf(random, TYPES),
    cacheControl: oneOf(random, CACHE_CONTROLS),
    tags: Array.from({ length: below(random, 4) }, () => oneOf(random, TAGS)),
    expiresAtWallMs: oneOf(random, EXPIRIES),
    n: below(random, 2 ** 40),
    hash: BigInt(below(random, 2 ** 40)),
    variants: [bytes(), variant(), variant(), variant()],
  };
}

/** What is not so of a record that passed the check; nothing: all is well. */
function faultOf(record: Uint8Array): string | undefined {
  const view = new RecordView(record);
  const at = typeStart();
  if (Buffer.from(record.subarray(at, at + typeBytes(record))).toString() !== view.contentType)
    return "another type";
  if (!isSpan(record, bodyStart(record), bodyBytes(record), view.body)) return "another body in place";
  for (const coding of CODING_INDEXES) {
    const variant = view.variants[coding];
    if (variant === undefined) continue;
    if (!isSpan(record, variantStart(record, coding), variantBytes(record, coding), variant))
      return `variant ${coding}`;
  }
  return undefined;
}

/** Whether `size` bytes from `start` on are the memory of `view`. */
function isSpan(record: Uint8Array, start: number, size: number, view: Uint8Array): boolean {
  return (
    start + size <= record.length && view.byteOffset === record.byteOffset + start && view.length === size
  );
}

export function recordFuzzer(): Promise<Fuzzer> {
  const corpus = corpusOf("records");
  return Promise.resolve({
    folders: ["record"],
    run(random) {
      const whole = encodeRecord(partsOf(random));
      if (!isRecord(whole)) throw new Error(`refused: ${Buffer.from(whole).toString("hex")}`);
      const n = below(random, 2 ** 40);
      const envelope = Buffer.from(
        encodeEnvelope({ epoch: EPOCH, n, expiresAtMs: oneOf(random, EXPIRIES), record: whole }),
      );
      const damaged = mutated(random, random() < 0.1 ? oneOf(random, corpus) : envelope);
      const decoded = decodeEnvelope(damaged);
      if (decoded === undefined) return Promise.resolve(["no envelope"]);
      // The numbers inside are written anew by whoever takes a record in.
      if (!isRecord(decoded.record)) return Promise.resolve(["no record"]);
      let fault: string | undefined;
      try {
        fault = faultOf(decoded.record);
      } catch (thrown) {
        if (hasBadNumbers(decoded.record)) return Promise.resolve(["bad numbers"]);
        fault = String(thrown);
      }
      if (fault !== undefined) throw new Error(`${fault}: ${damaged.toString("hex")}`);
      return Promise.resolve(["record"]);
    },
    check: () => Promise.resolve(),
    stop: takeCoverage,
  });
}

/** The two numbers of a record, which `isRecord` leaves alone: see its description. */
function hasBadNumbers(record: Uint8Array): boolean {
  const view = new DataView(record.buffer, record.byteOffset, record.length);
  return Number.isNaN(view.getFloat64(8, true)) || !(view.getFloat64(16, true) >= 0);
}
