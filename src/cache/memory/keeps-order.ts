// Whether processes that share memory can rely on this processor's atomic operations as fences. Cold.

/** Of the kernel's word on an arm64 processor: its atomic operations are single instructions. */
const HWCAP_ATOMICS = 1 << 8;

/**
 * Whether atomic operations keep the loads and stores before them apart from those after them, as who reads without a
 * lock needs it. `capabilities`: the kernel's AT_HWCAP. On arm64 single instructions do (ARMv8.1 and later), loops of a load and a store do not.
 */
export function keepsOrder(arch: string, capabilities: number): boolean {
  return arch === "x64" || (arch === "arm64" && (capabilities & HWCAP_ATOMICS) !== 0);
}
