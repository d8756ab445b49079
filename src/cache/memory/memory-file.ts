// Memory that several processes map: an anonymous file of Linux (memfd), and buffers over parts of it. Cold.
import { messageOf } from "../../base/bug.ts";
import { keepsOrder } from "./keeps-order.ts";
import { dlopen, ptr, toArrayBuffer } from "bun:ffi";
import type { Pointer } from "bun:ffi";

const PROT_READ_WRITE = 3;
const MAP_SHARED = 1;
const MADV_REMOVE = 9;
/** Of the auxiliary vector: what the processor can do. */
const AT_HWCAP = 16;
const CLOCK_MONOTONIC = 1;
const NS_A_SECOND = 1_000_000_000n;
const PAGE_BYTES_MAX = 64 * 1024;
const PAGE_BYTES_X64 = 4096;

/** One part of the file, mapped. */
export interface MappedPart {
  readonly memory: ArrayBuffer;
  /** Gives the whole pages among `bytes` from `start` on back to the system: they are 0 then. */
  readonly discard: (start: number, bytes: number) => void;
}

type Libc = ReturnType<typeof openLibc>;
let opened: Libc | undefined;

function openLibc() {
  return dlopen("libc.so.6", {
    memfd_create: { args: ["ptr", "u32"], returns: "i32" },
    ftruncate: { args: ["i32", "i64"], returns: "i32" },
    close: { args: ["i32"], returns: "i32" },
    mmap: { args: ["u64", "u64", "i32", "i32", "i32", "i64"], returns: "ptr" },
    madvise: { args: ["u64", "u64", "i32"], returns: "i32" },
    getauxval: { args: ["u64"], returns: "u64" },
    sched_yield: { args: [], returns: "i32" },
    clock_gettime: { args: ["i32", "ptr"], returns: "i32" },
  }).symbols;
}

function libc(): Libc {
  return (opened ??= openLibc());
}

/** The descriptor of `bytes` zero bytes, none of which takes memory until it is written; or why there is none. */
export function createMemoryFile(bytes: number): number | { readonly unavailable: string } {
  if (process.platform !== "linux")
    return { unavailable: `memory is shared on Linux, not ${process.platform}` };
  try {
    if (!keepsOrder(process.arch, Number(libc().getauxval(AT_HWCAP)))) {
      return { unavailable: "this processor's atomic operations are no fences" };
    }
    const name = Buffer.from("cachee\0");
    const descriptor = libc().memfd_create(ptr(name), 0);
    if (descriptor < 0) return { unavailable: "memfd_create failed" };
    if (libc().ftruncate(descriptor, bytes) === 0) return descriptor;
    libc().close(descriptor);
    return { unavailable: `ftruncate to ${bytes} bytes failed` };
  } catch (thrown) {
    return { unavailable: messageOf(thrown) };
  }
}

/** Maps parts of these sizes, which follow one another in the file; each is a multiple of 64 KiB and below 4 GiB. */
export function mapMemoryFile(descriptor: number, sizes: readonly number[]): MappedPart[] {
  const whole = sizes.reduce((sum, size) => sum + size, 0);
  const first = Number(libc().mmap(0, whole, PROT_READ_WRITE, MAP_SHARED, descriptor, 0));
  // MAP_FAILED is the largest address.
  if (!(first > 0 && Number.isSafeInteger(first))) throw new Error(`mmap of ${whole} bytes failed`);
  let at = first;
  return sizes.map((size) => {
    const address = at;
    at += size;
    return {
      memory: toArrayBuffer(address as Pointer, 0, size),
      discard: (start, bytes) => discard(address + start, bytes),
    };
  });
}

/** Lets another process have the core. */
export function yieldCore(): void {
  libc().sched_yield();
}

const time = new BigInt64Array(2);

/** Nanoseconds of the machine's monotonic clock: the same in all processes, unlike those that Bun counts. */
export function machineNs(): number {
  libc().clock_gettime(CLOCK_MONOTONIC, ptr(time));
  return Number(time[0]! * NS_A_SECOND + time[1]!);
}

function discard(start: number, bytes: number): void {
  const isSmall = process.arch === "x64";
  const page = isSmall ? PAGE_BYTES_X64 : PAGE_BYTES_MAX;
  const from = Math.ceil(start / page) * page;
  // What is given back begins and ends with pages of its own, where they are small, so that the rest of the last one belongs to nobody else.
  const to = (isSmall ? Math.ceil : Math.floor)((start + bytes) / page) * page;
  if (to > from) libc().madvise(from, to - from, MADV_REMOVE);
}
