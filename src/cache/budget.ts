// How a budget is divided: segment size, front, the largest record, and how many slots it could ever need. Cold.
import {
  BUDGET_BYTES_MAX,
  BUDGET_BYTES_MIN,
  FRONT_BYTES_MAX,
  FRONT_SHARE,
  HEADER_BYTES,
  LARGE_RECORD_BYTES,
  LARGE_RECORD_SHARE,
  RECORD_BYTES_MAX,
  SEGMENT_BYTES_MAX,
  SEGMENT_BYTES_MIN,
  SEGMENTS_MIN,
  SEGMENTS_RESERVED,
  SLOT_BYTES,
} from "./bounds.ts";

export interface Budget {
  readonly bytesMax: number;
  /** A power of two. */
  readonly segmentBytes: number;
  readonly frontBytesMax: number;
  /** What entries, segments and columns may take: all but the front and the reserve. */
  readonly bodyBytesMax: number;
  readonly recordBytesMax: number;
  readonly slotsMax: number;
}

export interface Division {
  /** The front's share of the budget. */
  readonly frontShare: number;
  /** A record of so many bytes is to find room, as far as about half of the budget is enough. */
  readonly largeRecordBytes: number;
}

const OF_A_WHOLE: Division = { frontShare: FRONT_SHARE, largeRecordBytes: LARGE_RECORD_BYTES };

/**
 * A record may be a quarter of the budget, and at least the largest value if that is about half of it. What is above
 * BUDGET_BYTES_MAX, the addresses' reach, is not used.
 */
export function divide(bytesMax: number, division = OF_A_WHOLE): Budget {
  if (!(bytesMax >= BUDGET_BYTES_MIN)) {
    throw new RangeError(`a budget of ${bytesMax} bytes is below ${BUDGET_BYTES_MIN}`);
  }
  const whole = Math.floor(Math.min(bytesMax, BUDGET_BYTES_MAX));
  const segmentBytes = Math.min(
    SEGMENT_BYTES_MAX,
    Math.max(SEGMENT_BYTES_MIN, 2 ** Math.floor(Math.log2(whole / SEGMENTS_MIN))),
  );
  const frontBytesMax = Math.min(FRONT_BYTES_MAX, Math.floor(whole * division.frontShare));
  const bodyBytesMax = whole - frontBytesMax - SEGMENTS_RESERVED * segmentBytes;
  const recordBytesMax = Math.floor(
    Math.min(
      RECORD_BYTES_MAX,
      Math.max(whole / 4, Math.min(division.largeRecordBytes, whole * LARGE_RECORD_SHARE)),
    ),
  );
  const slotsMax = Math.floor(whole / (SLOT_BYTES + HEADER_BYTES));
  return { bytesMax: whole, segmentBytes, frontBytesMax, bodyBytesMax, recordBytesMax, slotsMax };
}
