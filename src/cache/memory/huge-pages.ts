// Slab memory mapped in huge pages where the system has them (Linux), else from the plain allocator. Cold.
import { messageOf } from "../../base/bug.ts";
import { dlopen, toArrayBuffer } from "bun:ffi";
import type { Pointer } from "bun:ffi";
import { plainAllocator } from "./allocator.ts";
import type { Allocator } from "./allocator.ts";

const HUGE_PAGE_BYTES = 2 * 1024 * 1024;
const PROT_READ_WRITE = 3;
const MAP_PRIVATE_ANONYMOUS = 0x22;
const MADV_HUGEPAGE = 14;

/**
 * An allocator that maps whole, aligned huge pages and takes the rest from the plain one; or why there is none. What
 * is smaller than a huge page is plain: it would only waste the rest of one.
 */
export function hugePageAllocator(): Allocator | { readonly unavailable: string } {
  if (process.platform !== "linux")
    return { unavailable: `huge pages are for Linux, not ${process.platform}` };
  try {
    const { symbols: libc } = dlopen("libc.so.6", {
      mmap: { args: ["u64", "u64", "i32", "i32", "i32", "i64"], returns: "ptr" },
      munmap: { args: ["u64", "u64"], returns: "i32" },
      madvise: { args: ["u64", "u64", "i32"], returns: "i32" },
    });
    const mapped = new Map<ArrayBuffer, { readonly start: number; readonly bytes: number }>();
    return {
      allocate(bytes) {
        if (bytes % HUGE_PAGE_BYTES !== 0) return plainAllocator.allocate(bytes);
        const whole = bytes + HUGE_PAGE_BYTES;
        const start = Number(libc.mmap(0, whole, PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS, -1, 0));
        if (!(start > 0)) return plainAllocator.allocate(bytes);
        const aligned = Math.ceil(start / HUGE_PAGE_BYTES) * HUGE_PAGE_BYTES;
        if (libc.madvise(aligned, bytes, MADV_HUGEPAGE) !== 0) {
          libc.munmap(start, whole);
          return plainAllocator.allocate(bytes);
        }
        const buffer = toArrayBuffer(aligned as Pointer, 0, bytes);
        mapped.set(buffer, { start, bytes: whole });
        return buffer;
      },
      release(buffer) {
        const region = mapped.get(buffer);
        mapped.delete(buffer);
        if (region === undefined) plainAllocator.release(buffer);
        else libc.munmap(region.start, region.bytes);
      },
    };
  } catch (error) {
    return { unavailable: messageOf(error) };
  }
}
