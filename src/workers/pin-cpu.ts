// Binds the calling thread to one of the cores that the process may run on (Linux: sched_setaffinity).

import { dlopen, FFIType, ptr } from "bun:ffi";

const MASK_BYTES = 128;
const LIBRARIES = ["libc.so.6", "libc.musl-x86_64.so.1", "libc.musl-aarch64.so.1"];

/** Binds to the allowed core number `index` modulo their count; returns the core, or nothing where that is impossible. */
export function pinCpu(index: number): number | undefined {
  if (process.platform !== "linux") return undefined;
  const libc = openLibc();
  if (libc === undefined) return undefined;
  const mask = new Uint8Array(MASK_BYTES);
  if (libc.sched_getaffinity(0, MASK_BYTES, ptr(mask)) < 0) return undefined;
  const allowed = Array.from({ length: 8 * MASK_BYTES }, (_, cpu) => cpu).filter(
    (cpu) => (mask[cpu >> 3]! & (1 << (cpu & 7))) !== 0,
  );
  const cpu = allowed[index % allowed.length];
  if (cpu === undefined) return undefined;
  mask.fill(0);
  mask[cpu >> 3] = 1 << (cpu & 7);
  return libc.sched_setaffinity(0, MASK_BYTES, ptr(mask)) === 0 ? cpu : undefined;
}

function openLibc() {
  const signature = { args: [FFIType.i32, FFIType.u64, FFIType.ptr], returns: FFIType.i32 } as const;
  for (const name of LIBRARIES) {
    try {
      return dlopen(name, { sched_getaffinity: signature, sched_setaffinity: signature }).symbols;
    } catch {
      // Not this C library.
    }
  }
  return undefined;
}
