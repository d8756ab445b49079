// Frames of the WebSocket lane as a client writes and reads them. Total: a bad message is a value.
//
// src/websocket/README.md has the layout. A message is one frame or several, end to end; numbers are little-endian.

import {
  ANSWER_BYTES,
  DONE,
  DROP_ALL,
  FAILED,
  INVALIDATE,
  MIN_VERSION,
  MISS,
  PROOF,
  PUT,
  PUT_BYTES,
  REQUEST_BYTES,
  VALUE,
  VALUE_BYTES,
} from "../frames.ts";

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const encoder = new TextEncoder();

interface Request {
  readonly operation: number;
  readonly flags: number;
  readonly id: number;
  readonly key: string;
  /** A GET's: `EPOCH.N`, which the answer must have or be newer than; empty: any. */
  readonly minVersion: string;
  /** A PUT's; else empty. */
  readonly contentType: string;
  /** A PUT's, 0 for none. */
  readonly ttlMs: number;
  /** A PUT's: a view of the message. */
  readonly value: Uint8Array;
}

export type Answer =
  /** `version`: that of the write, `EPOCH.N`, where it was asked for; else empty. */
  | { readonly kind: "done"; readonly id: number; readonly created: boolean; readonly version: string }
  | {
      readonly kind: "value";
      readonly id: number;
      /** Index into CODINGS. */
      readonly coding: number;
      readonly contentType: string;
      /** For how long from the request's sending a tracked copy may be served. */
      readonly freshForMs: number;
      /** Until it expires; Infinity: never. */
      readonly ttlMs: number;
      /** Equal for equal values of equal type: what ETags are made of. */
      readonly hash: bigint;
      readonly value: Uint8Array;
    }
  | { readonly kind: "miss"; readonly id: number }
  | { readonly kind: "proof"; readonly id: number; readonly freshForMs: number }
  | { readonly kind: "invalidate"; readonly key: string }
  | { readonly kind: "drop_all" }
  | { readonly kind: "failed"; readonly id: number; readonly code: string; readonly detail: string };

const NOTHING = new Uint8Array(0);

/** Bytes of one request. */
export function encodeRequest(request: Partial<Request> & Pick<Request, "operation" | "id">): Uint8Array {
  const key = encoder.encode(request.key ?? "");
  const contentType = encoder.encode(request.contentType ?? "");
  const value = request.value ?? NOTHING;
  const isPut = request.operation === PUT;
  const version = encoder.encode(request.minVersion ?? "");
  const versionBytes = version.length === 0 ? 0 : 1 + version.length;
  const head = REQUEST_BYTES + (isPut ? PUT_BYTES : versionBytes);
  const bytes = new Uint8Array(head + key.length + (isPut ? contentType.length + value.length : 0));
  const view = new DataView(bytes.buffer);
  bytes[0] = request.operation;
  bytes[1] = (request.flags ?? 0) | (versionBytes === 0 ? 0 : MIN_VERSION);
  view.setUint16(2, key.length, true);
  view.setUint32(4, request.id, true);
  bytes.set(key, head);
  if (versionBytes > 0) {
    bytes[REQUEST_BYTES] = version.length;
    bytes.set(version, REQUEST_BYTES + 1);
  }
  if (!isPut) return bytes;
  view.setUint32(8, value.length, true);
  view.setUint16(12, contentType.length, true);
  view.setFloat64(16, request.ttlMs ?? 0, true);
  bytes.set(contentType, head + key.length);
  bytes.set(value, head + key.length + contentType.length);
  return bytes;
}

/** The answers in one message, or nothing when it is not a whole number of well-formed ones. */
export function decodeAnswers(message: Uint8Array): Answer[] | undefined {
  const view = new DataView(message.buffer, message.byteOffset, message.length);
  const answers: Answer[] = [];
  for (let at = 0; at < message.length;) {
    if (at + ANSWER_BYTES > message.length) return undefined;
    const kind = message[at]!;
    const textBytes = view.getUint16(at + 2, true);
    const head = at + ANSWER_BYTES + fixedBytes(kind);
    if (head + textBytes > message.length) return undefined;
    const text = decoder.decode(message.subarray(head, head + textBytes));
    const valueBytes = kind === VALUE || kind === FAILED ? view.getUint32(at + 8, true) : 0;
    const end = head + textBytes + valueBytes;
    if (end > message.length) return undefined;
    const value = message.subarray(head + textBytes, end);
    const answer = answerOf(new DataView(view.buffer, view.byteOffset + at, head - at), text, value);
    if (answer === undefined) return undefined;
    answers.push(answer);
    at = end;
  }
  return answers;
}

/** Bytes that an answer of `kind` has between its head and its text. */
function fixedBytes(kind: number): number {
  return kind === VALUE ? VALUE_BYTES : kind === PROOF ? 8 : kind === FAILED ? 4 : 0;
}

/** The answer whose head is in `view`, all but its text and value. */
function answerOf(view: DataView, text: string, value: Uint8Array): Answer | undefined {
  const kind = view.getUint8(0);
  const id = view.getUint32(4, true);
  switch (kind) {
    case DONE:
      return { kind: "done", id, created: view.getUint8(1) === 1, version: text };
    case VALUE:
      return {
        kind: "value",
        id,
        coding: view.getUint8(1),
        contentType: text,
        freshForMs: view.getFloat64(12, true),
        ttlMs: view.getFloat64(20, true),
        hash: view.getBigUint64(28, true),
        value,
      };
    case MISS:
      return { kind: "miss", id };
    case PROOF:
      return { kind: "proof", id, freshForMs: view.getFloat64(8, true) };
    case INVALIDATE:
      return { kind: "invalidate", key: text };
    case DROP_ALL:
      return { kind: "drop_all" };
    case FAILED:
      return { kind: "failed", id, code: text, detail: decoder.decode(value) };
    default:
      return undefined;
  }
}
