// What L2 stores under a key: a head that its scripts read and write, then the record.
//
// Little-endian. 0 format (1) · 1 epoch, 36 ASCII characters · 37 f64 sequence number · 45 f64 expiry (L2's wall ms,
// Infinity: none) · 53 record. The record's own number and expiry are stamped by whoever takes it into L1.

import { EPOCH_CHARS } from "../../coherence/epoch.ts";

const FORMAT = 1;
export const ENVELOPE_HEAD_BYTES = 53;

export interface Envelope {
  readonly epoch: string;
  readonly n: number;
  /** L2's wall clock, ms. */
  readonly expiresAtMs: number;
  /** A view of the envelope's bytes. */
  readonly record: Uint8Array;
}

export function encodeEnvelope(envelope: Envelope): Uint8Array {
  const bytes = new Uint8Array(ENVELOPE_HEAD_BYTES + envelope.record.length);
  const view = new DataView(bytes.buffer);
  bytes[0] = FORMAT;
  new TextEncoder().encodeInto(envelope.epoch, bytes.subarray(1, 1 + EPOCH_CHARS));
  view.setFloat64(37, envelope.n, true);
  view.setFloat64(45, envelope.expiresAtMs, true);
  bytes.set(envelope.record, ENVELOPE_HEAD_BYTES);
  return bytes;
}

/** The envelope in `bytes`, or nothing when they are none of this format. */
export function decodeEnvelope(bytes: Uint8Array): Envelope | undefined {
  if (bytes.length < ENVELOPE_HEAD_BYTES || bytes[0] !== FORMAT) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const n = view.getFloat64(37, true);
  const expiresAtMs = view.getFloat64(45, true);
  if (!(n >= 0) || Number.isNaN(expiresAtMs)) return undefined;
  const epoch = Buffer.prototype.latin1Slice.call(bytes, 1, 1 + EPOCH_CHARS);
  return { epoch, n, expiresAtMs, record: bytes.subarray(ENVELOPE_HEAD_BYTES) };
}
