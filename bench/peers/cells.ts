// What is measured of each peer: sizes, connections, closed loop or fixed rate, reads alone or with writes.

export interface Cell {
  readonly bytes: number;
  readonly connections: number;
  /** `closed`: each connection sends as soon as it is answered. `fixed`: half of what this server did so. */
  readonly load: "closed" | "fixed";
  /** Writes in 1,000 requests. */
  readonly writes: number;
}

/** All of them are kept: few keys where values are large. */
const VALUES_BYTES_MAX = 32 << 20;
const KEYS_MAX = 1_000;

export const FULL_CELLS: readonly Cell[] = [64, 1_024, 16_384, 262_144].flatMap((bytes) =>
  [1, 16, 64, 256].flatMap((connections) =>
    [0, 50].flatMap((writes) =>
      (["closed", "fixed"] as const).map((load): Cell => ({ bytes, connections, load, writes })),
    ),
  ),
);

/** What fits into three minutes. */
export const QUICK_CELLS: readonly Cell[] = [
  { bytes: 1_024, connections: 16, load: "closed", writes: 0 },
  { bytes: 1_024, connections: 16, load: "fixed", writes: 0 },
  { bytes: 1_024, connections: 16, load: "closed", writes: 50 },
  { bytes: 1_024, connections: 64, load: "closed", writes: 0 },
];

export function keysOf(bytes: number): number {
  return Math.min(KEYS_MAX, Math.floor(VALUES_BYTES_MAX / bytes));
}

/** The cell, but for its kind of load. */
export function shapeOf({ bytes, connections, writes }: Cell): string {
  return `${bytes} bytes, ${connections} connections, ${writes / 10} % writes`;
}

export function nameOf(cell: Cell): string {
  return `${shapeOf(cell)}, ${cell.load === "closed" ? "as many as go" : "fixed rate"}`;
}
