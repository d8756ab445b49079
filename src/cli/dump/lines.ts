// The lines of a file or a pipe, with where each ends.

export interface Line {
  readonly text: string;
  /** Counted from 1. */
  readonly number: number;
  /** Bytes up to the end of the line, its line end with it; of the last, perhaps, without one. */
  readonly end: number;
  /** It ends with a line end: nothing of it is missing. */
  readonly isWhole: boolean;
}

const LINE_END = 0x0a;

/** `from`: bytes that were read before. */
export async function* linesOf(chunks: AsyncIterable<Uint8Array>, from = 0): AsyncGenerator<Line, void> {
  let parts: Uint8Array[] = [];
  let end = from;
  let number = 0;
  const line = (isWhole: boolean): Line => {
    const bytes = Buffer.concat(parts);
    parts = [];
    end += bytes.length + (isWhole ? 1 : 0);
    number += 1;
    return { text: bytes.toString("utf8"), number, end, isWhole };
  };
  for await (const chunk of chunks) {
    let at = 0;
    for (let next = chunk.indexOf(LINE_END); next >= 0; next = chunk.indexOf(LINE_END, at)) {
      parts.push(chunk.subarray(at, next));
      at = next + 1;
      yield line(true);
    }
    if (at < chunk.length) parts.push(chunk.subarray(at));
  }
  if (parts.length > 0) yield line(false);
}
