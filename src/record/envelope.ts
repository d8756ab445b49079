// What L2 stores under a key: a head that its scripts read and write, then the record. Layout: layout.ts.
//
// The record's own number and expiry are written by whoever takes it into L1.

import {
  ENVELOPE_EPOCH_AT,
  ENVELOPE_EXPIRY_AT,
  ENVELOPE_FORMAT,
  ENVELOPE_FORMAT_AT,
  ENVELOPE_HEAD_BYTES,
  ENVELOPE_N_AT,
  EPOCH_CHARS,
} from "./layout.ts";
import type { Version } from "./version.ts";

export interface Envelope extends Version {
  /** L2's wall clock, ms. */
  readonly expiresAtMs: number;
  /** A view of the envelope's bytes. */
  readonly record: Uint8Array;
}

/** The envelope in `bytes`, or nothing when they are none of this format. */
export function decodeEnvelope(bytes: Uint8Array): Envelope | undefined {
  if (bytes.length < ENVELOPE_HEAD_BYTES || bytes[ENVELOPE_FORMAT_AT] !== ENVELOPE_FORMAT) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const n = view.getFloat64(ENVELOPE_N_AT, true);
  const expiresAtMs = view.getFloat64(ENVELOPE_EXPIRY_AT, true);
  if (!Number.isSafeInteger(n) || n < 0 || Number.isNaN(expiresAtMs)) return undefined;
  const epoch = Buffer.prototype.latin1Slice.call(bytes, ENVELOPE_EPOCH_AT, ENVELOPE_EPOCH_AT + EPOCH_CHARS);
  return { epoch, n, expiresAtMs, record: bytes.subarray(ENVELOPE_HEAD_BYTES) };
}
