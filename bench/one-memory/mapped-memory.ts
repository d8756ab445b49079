// Memory that several processes map: an anonymous file of Linux (memfd), and arrays over parts of it. Cold.

import { dlopen, ptr, toArrayBuffer, type Pointer } from "bun:ffi";

const PROT_READ_WRITE = 3;
const MAP_SHARED = 1;
/** The largest view that Bun 1.4.5 makes of a mapping. */
const VIEW_BYTES_MAX = 2 ** 32;

const { symbols: libc } = dlopen("libc.so.6", {
  memfd_create: { args: ["ptr", "u32"], returns: "i32" },
  ftruncate: { args: ["i32", "i64"], returns: "i32" },
  mmap: { args: ["u64", "u64", "i32", "i32", "i32", "i64"], returns: "ptr" },
});

/** A descriptor of `bytes` zero bytes, none of which takes memory until it is written. */
export function createMemory(bytes: number): number {
  const name = Buffer.from("one-memory\0");
  const descriptor = libc.memfd_create(ptr(name), 0);
  if (descriptor < 0) throw new Error("memfd_create failed");
  if (libc.ftruncate(descriptor, bytes) !== 0) throw new Error(`ftruncate to ${bytes} bytes failed`);
  return descriptor;
}

/** Views that follow one another over the first `bytes` of the descriptor's memory, each as large as can be. */
export function mapMemory(descriptor: number, bytes: number): ArrayBuffer[] {
  const start = Number(libc.mmap(0, bytes, PROT_READ_WRITE, MAP_SHARED, descriptor, 0));
  if (!(start > 0)) throw new Error(`mmap of ${bytes} bytes failed`);
  const views: ArrayBuffer[] = [];
  for (let at = 0; at < bytes; at += VIEW_BYTES_MAX) {
    views.push(toArrayBuffer((start + at) as Pointer, 0, Math.min(VIEW_BYTES_MAX, bytes - at)));
  }
  return views;
}
