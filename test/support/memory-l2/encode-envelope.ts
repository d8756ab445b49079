// Writes an envelope as Redis's scripts do.

import type { Envelope } from "../../../src/record/envelope.ts";
import {
  ENVELOPE_EPOCH_AT,
  ENVELOPE_EXPIRY_AT,
  ENVELOPE_FORMAT,
  ENVELOPE_FORMAT_AT,
  ENVELOPE_HEAD_BYTES,
  ENVELOPE_N_AT,
  EPOCH_CHARS,
} from "../../../src/record/layout.ts";

const encoder = new TextEncoder();

export function encodeEnvelope(envelope: Envelope): Uint8Array {
  const bytes = new Uint8Array(ENVELOPE_HEAD_BYTES + envelope.record.length);
  const view = new DataView(bytes.buffer);
  bytes[ENVELOPE_FORMAT_AT] = ENVELOPE_FORMAT;
  encoder.encodeInto(envelope.epoch, bytes.subarray(ENVELOPE_EPOCH_AT, ENVELOPE_EPOCH_AT + EPOCH_CHARS));
  view.setFloat64(ENVELOPE_N_AT, envelope.n, true);
  view.setFloat64(ENVELOPE_EXPIRY_AT, envelope.expiresAtMs, true);
  bytes.set(envelope.record, ENVELOPE_HEAD_BYTES);
  return bytes;
}
