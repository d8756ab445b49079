// The calling thread's own time on a core, which leaves out waiting for one. Linux; elsewhere plain time.
import { dlopen, ptr } from "bun:ffi";

const CLOCK_THREAD_CPUTIME_ID = 3;

export function createThreadClock(): () => number {
  if (process.platform !== "linux") return () => Bun.nanoseconds();
  const { symbols: libc } = dlopen("libc.so.6", { clock_gettime: { args: ["i32", "ptr"], returns: "i32" } });
  const timespec = new BigInt64Array(2);
  const address = ptr(timespec);
  return () => {
    libc.clock_gettime(CLOCK_THREAD_CPUTIME_ID, address);
    return Number(timespec[0]) * 1e9 + Number(timespec[1]);
  };
}
