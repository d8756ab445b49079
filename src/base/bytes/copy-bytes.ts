// Copies bytes from one array to another without making a view of either. Hot.

// eslint-disable-next-line @typescript-eslint/unbound-method
const copy = Buffer.prototype.copy;

/**
 * Copies `source` from `start` to `end` into `target` at `at`, where there is room. In Bun 1.4.5 this takes a third to a half of the
 * time of `target.set(source.subarray(start, end), at)`, which makes an object.
 */
export function copyBytes(
  source: Uint8Array,
  start: number,
  end: number,
  target: Uint8Array,
  at: number,
): void {
  copy.call(source, target, at, start, end);
}
