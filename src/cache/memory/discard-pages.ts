// Gives the memory behind a part of a typed array back to the system while the array stays: Linux only. Cold.
import { dlopen, ptr } from "bun:ffi";

const MADV_DONTNEED = 4;
/** Of memory that others map too, what `MADV_DONTNEED` would leave to them. */
const MADV_REMOVE = 9;
/** A multiple of the pages of every Linux. */
export const PAGE_BYTES = 64 * 1024;

type Advise = (address: number, bytes: number, advice: number) => number;

/** Nothing: it was not looked for yet. `false`: there is none here. */
let advise: Advise | false | undefined;

/**
 * Discards the whole pages of `view` that have elements from `start` to `end`, and may discard some of those after
 * `end` up to its own end: all of these are 0 afterwards, or what they were. `false`: this system cannot.
 */
export function discardPages(
  view: Uint8Array | Int32Array | Uint32Array,
  start: number,
  end: number,
  isShared: boolean,
): boolean {
  advise ??= findAdvise();
  if (advise === false) return false;
  const size = view.BYTES_PER_ELEMENT;
  const address = ptr(view);
  const from = Math.ceil((address + start * size) / PAGE_BYTES) * PAGE_BYTES;
  const to = Math.min(
    Math.ceil((address + end * size) / PAGE_BYTES),
    Math.floor((address + view.byteLength) / PAGE_BYTES),
  );
  const bytes = to * PAGE_BYTES - from;
  return bytes <= 0 || advise(from, bytes, isShared ? MADV_REMOVE : MADV_DONTNEED) === 0;
}

function findAdvise(): Advise | false {
  if (process.platform !== "linux") return false;
  try {
    const { symbols } = dlopen("libc.so.6", {
      madvise: { args: ["u64", "u64", "i32"], returns: "i32" },
    });
    return symbols.madvise;
  } catch {
    return false;
  }
}
