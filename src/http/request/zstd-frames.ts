// Tells whether bytes are whole Zstandard frames and nothing else, from their lengths alone (RFC 8878 §3.1). Cold.
//
// The decoder at hand takes a frame that was cut short for one that ends there, and overlooks bytes after the last.

const MAGIC = 0xfd2fb528;
/** Skippable frames have sixteen magic numbers from here on. */
const SKIPPABLE_MAGIC = 0x184d2a50;
const BLOCK_HEADER_BYTES = 3;
const CHECKSUM_BYTES = 4;
const DICTIONARY_ID_BYTES = [0, 1, 2, 4] as const;
const CONTENT_SIZE_BYTES = [0, 2, 4, 8] as const;
const RLE_BLOCK = 1;

/** Whether `bytes` are one frame or more, skippable ones included. Says nothing of what is in the blocks. */
export function areWholeZstdFrames(bytes: Uint8Array): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let at = 0;
  do {
    const to = frameEnd(view, at);
    if (to === undefined) return false;
    at = to;
  } while (at < bytes.length);
  return true;
}

/** Where the frame that begins at `from` ends; nothing when it is no frame, or not all there. */
function frameEnd(view: DataView, from: number): number | undefined {
  const left = view.byteLength - from;
  if (left < 6) return undefined;
  const magic = view.getUint32(from, true);
  if ((magic & ~15) >>> 0 === SKIPPABLE_MAGIC) {
    if (left < 8) return undefined;
    return within(view, from + 8 + view.getUint32(from + 4, true));
  }
  if (magic !== MAGIC) return undefined;
  const descriptor = view.getUint8(from + 4);
  const isSingleSegment = (descriptor & 0x20) !== 0;
  const sizeFlag = descriptor >> 6;
  const sizeBytes = sizeFlag === 0 && isSingleSegment ? 1 : CONTENT_SIZE_BYTES[sizeFlag]!;
  const headerBytes = 5 + (isSingleSegment ? 0 : 1) + DICTIONARY_ID_BYTES[descriptor & 3]! + sizeBytes;
  const blocksTo = blocksEnd(view, from + headerBytes);
  if (blocksTo === undefined) return undefined;
  return within(view, (descriptor & 4) === 0 ? blocksTo : blocksTo + CHECKSUM_BYTES);
}

function blocksEnd(view: DataView, from: number): number | undefined {
  let at = from;
  while (at + BLOCK_HEADER_BYTES <= view.byteLength) {
    const header = view.getUint16(at, true) | (view.getUint8(at + 2) << 16);
    const isRle = ((header >> 1) & 3) === RLE_BLOCK;
    at += BLOCK_HEADER_BYTES + (isRle ? 1 : header >> 3);
    if ((header & 1) !== 0) return within(view, at);
  }
  return undefined;
}

function within(view: DataView, end: number): number | undefined {
  return end <= view.byteLength ? end : undefined;
}
