// Where L1's slabs come from, as CACHEE_HUGE_PAGES says. Cold.

import type { Log } from "../base/log.ts";
import { plainAllocator, type Allocator } from "../cache/memory/allocator.ts";
import { hugePageAllocator } from "../cache/memory/huge-pages.ts";

/** The runtime's own memory or, where asked for and to be had, huge pages; one log line says when they are not. */
export function slabMemory(wantsHugePages: boolean, log: Log): Allocator {
  if (!wantsHugePages) return plainAllocator;
  const allocator = hugePageAllocator();
  if (!("unavailable" in allocator)) return allocator;
  log.warn("huge_pages_unavailable", { reason: allocator.unavailable });
  return plainAllocator;
}
