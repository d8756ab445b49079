// Gives a large buffer's memory back at once, rather than at the collector's next turn.

/** Below this a buffer is not worth the call. */
const RELEASE_BYTES_MIN = 4_096;

/**
 * Frees the memory behind `bytes`, which nobody may use afterwards. A view of a larger buffer is left alone: others
 * may share it.
 */
export function release(bytes: Uint8Array): void {
  if (bytes.byteLength < RELEASE_BYTES_MIN) return;
  const { buffer } = bytes;
  if (bytes.byteLength !== buffer.byteLength) return;
  if (buffer instanceof ArrayBuffer) buffer.transfer(0);
}
